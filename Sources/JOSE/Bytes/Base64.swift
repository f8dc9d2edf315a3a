/// Base64 with padding (RFC 4648 section 4), with one text per octet string and none for no octets: what PEM, `x5c`, HTTP's
/// Basic scheme and the services of key providers are written in.
///
/// What may be a secret is copied nowhere on the way but into what is answered or appended to.
package enum Base64 {
    /// Decodes text, or gives nil: no white space, no missing or superfluous padding, no stray bits. Whoever asks for a
    /// secret wipes the array.
    package static func decode(_ text: [UInt8]) -> [UInt8]? {
        guard !text.isEmpty, text.count.isMultiple(of: 4) else { return nil }
        var padding = 0
        while padding < 2, text[text.count - 1 - padding] == UInt8(ascii: "=") { padding += 1 }
        var translated = [UInt8](repeating: 0, count: text.count - padding)
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

    /// The same of a string.
    package static func decode(_ text: String) -> [UInt8]? {
        var octets = Array(text.utf8)
        defer { unsafe octets.withUnsafeMutableBytes { unsafe wipe($0) } }
        return decode(octets)
    }

    /// Encodes octets.
    package static func encode(_ octets: Span<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(length(of: octets.count))
        append(octets, to: &text)
        return text
    }

    /// The text of octets that are no secret, or whose text is one anyway.
    package static func encode(_ octets: [UInt8]) -> String {
        String(decoding: encode(octets.span), as: UTF8.self)
    }

    /// Appends the text of octets. Whoever writes a secret has reserved room for it, so that no part is left behind by a
    /// move.
    package static func append(_ octets: Span<UInt8>, to text: inout [UInt8]) {
        let start = text.count
        Base64URL.append(octets, to: &text)
        for index in start..<text.count {
            switch text[index] {
            case UInt8(ascii: "-"): text[index] = UInt8(ascii: "+")
            case UInt8(ascii: "_"): text[index] = UInt8(ascii: "/")
            default: continue
            }
        }
        while !(text.count - start).isMultiple(of: 4) { text.append(UInt8(ascii: "=")) }
    }

    /// How long the text of `count` octets is.
    package static func length(of count: Int) -> Int { (count + 2) / 3 * 4 }
}
