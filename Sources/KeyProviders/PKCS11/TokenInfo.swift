/// What a token says of itself.
struct TokenInfo: Hashable, Sendable {
    /// Flags of `C_GetTokenInfo` that matter here.
    struct Flags: OptionSet, Hashable, Sendable {
        let rawValue: UInt

        /// Keys can be used by the logged-in user only.
        static let loginRequired = Flags(rawValue: 0x4)
        /// It asks for the PIN by itself, at a keypad for example.
        static let protectedPath = Flags(rawValue: 0x100)
        static let initialized = Flags(rawValue: 0x400)
        static let pinCountLow = Flags(rawValue: 0x1_0000)
        static let pinFinalTry = Flags(rawValue: 0x2_0000)
        static let pinLocked = Flags(rawValue: 0x4_0000)
    }

    var label: String
    var manufacturer = ""
    var model = ""
    var serial = ""
    var flags: Flags
}

/// Which token is meant: every part that is given must be as it says.
struct TokenChoice: Hashable, Sendable, CustomStringConvertible {
    var label: String?
    var slot: UInt?
    var manufacturer: String?
    var model: String?
    var serial: String?

    func matches(_ token: TokenInfo, in slot: UInt) -> Bool {
        (label ?? token.label) == token.label && (self.slot ?? slot) == slot
            && (manufacturer ?? token.manufacturer) == token.manufacturer && (model ?? token.model) == token.model
            && (serial ?? token.serial) == token.serial
    }

    var description: String {
        var parts: [String] = []
        if let label { parts.append(label) }
        if let slot { parts.append("in slot \(slot)") }
        if let serial { parts.append("with serial number \(serial)") }
        if let model { parts.append("of model \(model)") }
        if let manufacturer { parts.append("by \(manufacturer)") }
        return "token \(parts.joined(separator: " "))"
    }
}

/// Texts that come from a device.
enum TokenText {
    /// A text that is padded with blanks, or by mistake with zeros.
    static func padded(_ octets: UnsafeRawBufferPointer) -> String {
        var text = unsafe [UInt8](octets)[...]
        while let last = text.last, last == 0x20 || last == 0 { text.removeLast() }
        return shown(text)
    }

    /// A text as it may stand in a message: no control characters, nothing that is not UTF-8.
    static func shown(_ octets: ArraySlice<UInt8>) -> String {
        String(
            String(decoding: octets, as: UTF8.self).unicodeScalars.map { scalar in
                scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) ? "?" : Character(scalar)
            })
    }
}
