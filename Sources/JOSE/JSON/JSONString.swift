/// The contents of JSON strings: escapes and UTF-8 (RFC 8259 section 7, RFC 3629).
enum JSONString {
    /// The index at or before which a string's contents are plain: printable ASCII without quotes and backslashes.
    ///
    /// Eight octets at a time: the top bit of each octet of the sum is set where there is something else. A borrow can
    /// set it too early, after which the caller looks octet by octet; never too late.
    static func endOfPlainOctets(_ text: Span<UInt8>, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        return unsafe text.withUnsafeBytes { octets in
            var index = start
            while index &+ 8 <= octets.count {
                // In bounds by the condition above.
                let word = unsafe octets.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                let quotes = word ^ (ones &* 0x22)
                let backslashes = word ^ (ones &* 0x5C)
                let others = (word &- ones &* 0x20) | (quotes &- ones) | (backslashes &- ones) | word
                let found = others & tops
                guard found == 0 else { return index &+ (littleEndianIndex(found)) }
                index &+= 8
            }
            return index
        }
    }

    /// The octet, counted from the lowest address, of the first top bit that is set.
    private static func littleEndianIndex(_ found: UInt64) -> Int {
        UInt64(littleEndian: found).trailingZeroBitCount / 8
    }

    /// Checks the escape at `index` and gives the index after it; a surrogate pair is one escape.
    static func endOfEscape(_ text: Span<UInt8>, at index: Int) throws(JOSEError) -> Int {
        guard index &+ 1 < text.count else { throw JSONScanner.invalid("a string is not closed", at: index) }
        switch text[index &+ 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return index &+ 2
        case UInt8(ascii: "u"):
            guard let unit = codeUnit(text, at: index) else {
                throw JSONScanner.invalid("an escape without four hexadecimal digits", at: index)
            }
            guard unit & 0xF800 == 0xD800 else { return index &+ 6 }
            guard unit < 0xDC00, let low = codeUnit(text, at: index &+ 6), low & 0xFC00 == 0xDC00 else {
                throw JSONScanner.invalid("a lone surrogate", at: index)
            }
            return index &+ 12
        default:
            throw JSONScanner.invalid("an unknown escape", at: index)
        }
    }

    /// Checks the UTF-8 sequence that begins at `index` with an octet ≥ 0x80 and gives the index after it.
    static func endOfSequence(_ text: Span<UInt8>, at index: Int) throws(JOSEError) -> Int {
        let first = text[index]
        let length: Int
        // The second octet's range refuses overlong forms, surrogates and what lies beyond U+10FFFF.
        let second: ClosedRange<UInt8>
        switch first {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw JSONScanner.invalid("not UTF-8", at: index)
        }
        let end = index &+ length
        guard end <= text.count, second.contains(text[index &+ 1]) else {
            throw JSONScanner.invalid("not UTF-8", at: index)
        }
        var next = index &+ 2
        while next < end {
            guard text[next] & 0xC0 == 0x80 else { throw JSONScanner.invalid("not UTF-8", at: index) }
            next &+= 1
        }
        return end
    }

    /// The octets of a checked string after its escapes.
    static func decode(_ octets: Span<UInt8>) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(octets.count)
        var index = 0
        while index < octets.count {
            guard octets[index] == UInt8(ascii: "\\"), index &+ 1 < octets.count else {
                decoded.append(octets[index])
                index &+= 1
                continue
            }
            switch octets[index &+ 1] {
            case UInt8(ascii: "b"): decoded.append(0x08)
            case UInt8(ascii: "f"): decoded.append(0x0C)
            case UInt8(ascii: "n"): decoded.append(0x0A)
            case UInt8(ascii: "r"): decoded.append(0x0D)
            case UInt8(ascii: "t"): decoded.append(0x09)
            case UInt8(ascii: "u"):
                index = appendScalar(octets, at: index, to: &decoded)
                continue
            case let itself: decoded.append(itself)
            }
            index &+= 2
        }
        return decoded
    }

    private static func appendScalar(_ octets: Span<UInt8>, at index: Int, to decoded: inout [UInt8]) -> Int {
        guard let unit = codeUnit(octets, at: index) else { return index &+ 2 }
        if let scalar = Unicode.Scalar(unit) {
            decoded.append(contentsOf: String(Character(scalar)).utf8)
            return index &+ 6
        }
        guard let low = codeUnit(octets, at: index &+ 6) else { return index &+ 6 }
        let value = 0x10000 &+ ((UInt32(unit) & 0x3FF) << 10) &+ (UInt32(low) & 0x3FF)
        if let scalar = Unicode.Scalar(value) { decoded.append(contentsOf: String(Character(scalar)).utf8) }
        return index &+ 12
    }

    /// The code unit of `\uXXXX` at `index`, or nil if that is not there.
    private static func codeUnit(_ text: Span<UInt8>, at index: Int) -> UInt16? {
        guard index &+ 6 <= text.count, text[index] == UInt8(ascii: "\\"), text[index &+ 1] == UInt8(ascii: "u") else {
            return nil
        }
        var unit: UInt16 = 0
        for position in (index &+ 2)..<(index &+ 6) {
            let digit: UInt8
            switch text[position] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = text[position] &- UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = text[position] &- UInt8(ascii: "a") &+ 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = text[position] &- UInt8(ascii: "A") &+ 10
            default: return nil
            }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }
}
