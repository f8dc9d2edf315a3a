import JOSE
import KeyManagement

/// Base64 with padding (RFC 4648 section 4), as the services write octets in JSON: one text for each octet string, and no
/// copy of a secret on the way that nobody wipes.
enum Base64 {
    /// Appends the text of octets. Whoever writes a secret has reserved room for it, so that no part is left behind by a
    /// move.
    static func append(_ octets: UnsafeRawBufferPointer, to text: inout [UInt8]) {
        for start in stride(from: 0, to: octets.count, by: 3) {
            let count = min(3, octets.count - start)
            var word: UInt32 = 0
            // In bounds: `count` ends at the buffer's end.
            for index in 0..<3 { unsafe word = word << 8 | (index < count ? UInt32(octets[start + index]) : 0) }
            for index in 0..<4 {
                text.append(index <= count ? alphabet[Int(word >> (18 - 6 * UInt32(index)) & 63)] : UInt8(ascii: "="))
            }
        }
    }

    /// The text of octets that are no secret, or whose text is one anyway.
    static func encode(_ octets: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(length(of: octets.count))
        // The octets are read within the call.
        unsafe octets.withUnsafeBytes { unsafe append($0, to: &text) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The octets of a text; nil for white space, padding that is missing or superfluous, or stray bits. Whoever asks for a
    /// secret wipes the array.
    static func decode(_ text: String) -> [UInt8]? {
        var characters = Array(text.utf8)
        defer { wipe(&characters) }
        guard characters.count.isMultiple(of: 4) else { return nil }
        var padding = 0
        while padding < min(2, characters.count), characters[characters.count - 1 - padding] == UInt8(ascii: "=") {
            padding += 1
        }
        for index in characters.indices {
            switch characters[index] {
            case UInt8(ascii: "+"): characters[index] = UInt8(ascii: "-")
            case UInt8(ascii: "/"): characters[index] = UInt8(ascii: "_")
            case UInt8(ascii: "-"), UInt8(ascii: "_"): return nil
            default: continue
            }
        }
        return try? Base64URL.decode(characters.span.extracting(..<(characters.count - padding)))
    }

    /// The octets of the text of a secret; nil also when there are none.
    static func secret(_ text: String) -> SecretBytes? {
        guard let octets = decode(text), !octets.isEmpty else { return nil }
        return SecretBytes(wiping: octets)
    }

    /// How long the text of `count` octets is.
    static func length(of count: Int) -> Int { (count + 2) / 3 * 4 }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
}
