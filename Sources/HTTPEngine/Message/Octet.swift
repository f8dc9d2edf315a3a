/// Classes of octets (RFC 9110 section 5.6, RFC 9112).
enum Octet {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let comma: UInt8 = 0x2C
    static let slash: UInt8 = 0x2F
    static let colon: UInt8 = 0x3A
    static let questionMark: UInt8 = 0x3F

    /// `tchar`: one bit per ASCII octet, so that no table is loaded.
    @inline(__always)
    static func isToken(_ octet: UInt8) -> Bool {
        // ! # $ % & ' * + - . 0-9  |  A-Z ^ _ ` a-z | ~
        let low: UInt64 = 0x03FF_6CFA_0000_0000
        let high: UInt64 = 0x57FF_FFFF_C7FF_FFFE
        let half = octet < 64 ? low : high
        return octet < 128 && (half >> UInt64(octet & 63)) & 1 == 1
    }

    /// What a field value may hold: HTAB, SP, visible ASCII, obs-text.
    @inline(__always)
    static func isFieldValue(_ octet: UInt8) -> Bool {
        (octet >= 0x20 && octet != 0x7F) || octet == tab
    }

    @inline(__always)
    static func isBlank(_ octet: UInt8) -> Bool { octet == space || octet == tab }

    @inline(__always)
    static func isDigit(_ octet: UInt8) -> Bool { octet &- 0x30 < 10 }

    @inline(__always)
    static func isAlphanumeric(_ octet: UInt8) -> Bool { isDigit(octet) || (octet | 0x20) &- 0x61 < 26 }

    /// The value of a hexadecimal digit, or nil.
    @inline(__always)
    static func hexadecimal(_ octet: UInt8) -> UInt8? {
        if isDigit(octet) { return octet &- 0x30 }
        let letter = (octet | 0x20) &- 0x61
        return letter < 6 ? letter &+ 10 : nil
    }
}

extension Span<UInt8> {
    /// Whether the octets are `text`, letters compared without case; `text` must be lower case.
    ///
    /// The comparison sets bit 5 of both sides, which is exact for the letters and `-` of the names it is used with.
    @inline(__always)
    func matches(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        // A StaticString's storage lives as long as the program, and the index stays below its length.
        let start = unsafe text.utf8Start
        for index in 0..<count {
            let wanted = unsafe start[index] | 0x20
            if self[index] | 0x20 != wanted { return false }
        }
        return true
    }

    /// Whether two runs are equal, letters compared without case.
    func equalsIgnoringCase(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count where Span.lowered(self[index]) != Span.lowered(other[index]) { return false }
        return true
    }

    /// An ASCII capital in lower case; anything else as it is.
    @inline(__always)
    static func lowered(_ octet: UInt8) -> UInt8 { octet &- 0x41 < 26 ? octet | 0x20 : octet }
}
