/// Classes of octets of RFC 3986 and RFC 9110, by constant bit sets: a table in memory would be one more cache line
/// and a lazily made global one more check per octet.
enum Octet {
    static let slash = UInt8(ascii: "/")
    static let backslash = UInt8(ascii: "\\")
    static let dot = UInt8(ascii: ".")
    static let dollar = UInt8(ascii: "$")
    static let percent = UInt8(ascii: "%")
    static let colon = UInt8(ascii: ":")
    static let semicolon = UInt8(ascii: ";")
    static let space = UInt8(ascii: " ")
    static let tab: UInt8 = 9
    static let underscore = UInt8(ascii: "_")
    static let hyphen = UInt8(ascii: "-")

    /// Letters, digits and `-_~!&'()*+,=:@`: octets of a path segment that mean only themselves.
    @inline(__always)
    static func isPlainPath(_ octet: UInt8) -> Bool {
        // 0x21 ! 0x26 & 0x27 ' 0x28 ( 0x29 ) 0x2a * 0x2b + 0x2c , 0x2d - 0x30-39 0x3a : 0x3d =
        has(octet, low: 0x27FF_3FC2_0000_0000, high: 0x47FF_FFFE_87FF_FFFF)
    }

    /// Letters, digits and `-._~` (RFC 3986 section 2.3).
    @inline(__always)
    static func isUnreserved(_ octet: UInt8) -> Bool {
        has(octet, low: 0x03FF_6000_0000_0000, high: 0x47FF_FFFE_87FF_FFFE)
    }

    /// Letters, digits and `-._~+/`: the token68 of RFC 7235 without its padding, which no compact JWT has.
    @inline(__always)
    static func isToken68(_ octet: UInt8) -> Bool {
        has(octet, low: 0x03FF_E800_0000_0000, high: 0x47FF_FFFE_87FF_FFFE)
    }

    @inline(__always)
    private static func has(_ octet: UInt8, low: UInt64, high: UInt64) -> Bool {
        let word = octet < 64 ? low : high
        return octet < 128 && word >> UInt64(octet & 63) & 1 == 1
    }

    @inline(__always)
    static func isCapital(_ octet: UInt8) -> Bool { octet &- 65 < 26 }

    @inline(__always)
    static func lowercased(_ octet: UInt8) -> UInt8 {
        octet >= 65 && octet <= 90 ? octet | 0x20 : octet
    }

    static func hexValue(_ octet: UInt8) -> UInt8? {
        switch octet {
        case 48...57: octet &- 48
        case 65...70: octet &- 55
        case 97...102: octet &- 87
        default: nil
        }
    }

    /// The octet that two hexadecimal digits stand for.
    static func hexValue(in octets: Span<UInt8>, at index: Int) -> UInt8? {
        guard index >= 0, octets.count - index >= 2, let high = hexValue(octets[index]),
            let low = hexValue(octets[index + 1])
        else { return nil }
        return high << 4 | low
    }

    /// The character below U+0100 that some servers take three escaped octets for: those of a wide form of ASCII
    /// (U+FF01 to U+FF5E), which Windows and Unicode's compatibility forms turn into the narrow one, or of a wide blank
    /// (U+3000).
    ///
    /// - Parameter index: behind the percent sign of the first octet.
    static func narrowed(in octets: Span<UInt8>, at index: Int) -> UInt8? {
        guard let first = hexValue(in: octets, at: index), first == 0xEF || first == 0xE3,
            octets.count - index >= 8, octets[index + 2] == percent, octets[index + 5] == percent,
            let second = hexValue(in: octets, at: index + 3), let third = hexValue(in: octets, at: index + 6)
        else { return nil }
        switch (first, second, third) {
        case (0xE3, 0x80, 0x80): return space
        case (0xEF, 0xBC, 0x81...0xBF): return third &- 0x60
        case (0xEF, 0xBD, 0x80...0x9E): return third &- 0x20
        default: return nil
        }
    }

    /// Whether escaped octets are U+00A0, a blank that some servers cut off at an end.
    ///
    /// - Parameter index: behind the percent sign of the first octet.
    static func isNoBreakSpace(in octets: Span<UInt8>, at index: Int) -> Bool {
        hexValue(in: octets, at: index) == 0xC2 && octets.count - index >= 5 && octets[index + 2] == percent
            && hexValue(in: octets, at: index + 3) == 0xA0
    }

    /// The upper-case digit of a value below 16.
    static func upperHex(_ value: UInt8) -> UInt8 {
        value < 10 ? 48 &+ value : 55 &+ value
    }
}
