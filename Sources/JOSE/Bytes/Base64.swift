/// Base64 with padding (RFC 4648 section 4), with one text per octet string: what PEM and `x5c` are written in.
enum Base64 {
    /// Decodes text, or gives nil: no white space, no missing or superfluous padding, no stray bits.
    static func decode(_ text: [UInt8]) -> [UInt8]? {
        guard !text.isEmpty, text.count % 4 == 0 else { return nil }
        var padding = 0
        while padding < 2, text[text.count - 1 - padding] == UInt8(ascii: "=") { padding += 1 }
        var translated = [UInt8](repeating: 0, count: text.count - padding)
        // The text may be of a private key.
        defer { unsafe translated.withUnsafeMutableBytes { unsafe wipe($0) } }
        for index in translated.indices {
            switch text[index] {
            case UInt8(ascii: "+"): translated[index] = UInt8(ascii: "-")
            case UInt8(ascii: "/"): translated[index] = UInt8(ascii: "_")
            case UInt8(ascii: "-"), UInt8(ascii: "_"): return nil
            case let character: translated[index] = character
            }
        }
        return try? Base64URL.decode(translated.span)
    }

    /// Encodes octets.
    static func encode(_ octets: Span<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((octets.count + 2) / 3 * 4)
        Base64URL.append(octets, to: &text)
        for index in text.indices {
            switch text[index] {
            case UInt8(ascii: "-"): text[index] = UInt8(ascii: "+")
            case UInt8(ascii: "_"): text[index] = UInt8(ascii: "/")
            default: continue
            }
        }
        while text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
        return text
    }
}
