/// An absolute URI (RFC 3986) split into its parts; only what resources need, and strictly.
package struct ResourceURI: Hashable, Sendable {
    /// The scheme in lower case.
    package let scheme: String
    /// The user information; nil if there is no `@`.
    package let userInformation: String?
    /// The host in lower case, an IPv6 address without its brackets; nil if there is no authority.
    package let host: String?
    /// The port, 1…65535; nil if none is written.
    package let port: Int?
    /// The path as written.
    package let path: String
    /// The query without `?`; nil if there is none.
    package let query: String?
    /// The fragment without `#`; nil if there is none.
    package let fragment: String?

    /// Nil when the text is no absolute URI of at most 512 octets.
    package init?(_ text: String) {
        guard text.utf8.count <= 512, let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let scheme = text[..<colon]
        guard Self.isScheme(scheme) else { return nil }
        var rest = text[text.utf8.index(after: colon)...]
        guard Self.hasOnlyURICharacters(rest) else { return nil }
        self.scheme = scheme.lowercased()
        (rest, fragment) = Self.cut(rest, at: UInt8(ascii: "#"))
        (rest, query) = Self.cut(rest, at: UInt8(ascii: "?"))
        if let fragment, fragment.utf8.contains(UInt8(ascii: "#")) { return nil }
        guard rest.hasPrefix("//") else {
            userInformation = nil
            host = nil
            port = nil
            path = String(rest)
            guard !rest.isEmpty else { return nil }
            return
        }
        rest = rest.dropFirst(2)
        let end = rest.utf8.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        guard let authority = Authority(rest[..<end]) else { return nil }
        userInformation = authority.userInformation
        host = authority.host
        port = authority.port
        path = String(rest[end...])
    }

    /// One spelling for URIs that most programs take for the same: host and scheme in lower case, no default port, no
    /// lone or final slash. For telling look-alikes apart, never for matching tokens.
    package var comparisonKey: String {
        var key = scheme + ":"
        if let host {
            let isDefault = scheme == "https" && port == 443 || scheme == "http" && port == 80
            key += "//" + (userInformation.map { $0 + "@" } ?? "") + host
            if let port, !isDefault { key += ":\(port)" }
        }
        key += path.hasSuffix("/") ? String(path.dropLast()) : path
        if let query { key += "?" + query }
        return key
    }

    private static func isScheme(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, isLetter(first) else { return false }
        return text.utf8.allSatisfy { byte in
            isLetter(byte) || ResourceName.isDigit(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: ".")
        }
    }

    /// The characters of RFC 3986 section 2, with every `%` before two hexadecimal digits.
    static func hasOnlyURICharacters(_ text: Substring) -> Bool {
        var digitsDue = 0
        for byte in text.utf8 {
            if digitsDue > 0 {
                guard isHex(byte) else { return false }
                digitsDue -= 1
            } else if byte == UInt8(ascii: "%") {
                digitsDue = 2
            } else if !(isLetter(byte) || ResourceName.isDigit(byte) || punctuation.contains(byte)) {
                return false
            }
        }
        return digitsDue == 0
    }

    private static func cut(_ text: Substring, at mark: UInt8) -> (Substring, String?) {
        guard let index = text.utf8.firstIndex(of: mark) else { return (text, nil) }
        return (text[..<index], String(text[text.utf8.index(after: index)...]))
    }

    private static let punctuation = Set("-._~:/?#[]@!$&'()*+,;=".utf8)

    static func isLetter(_ byte: UInt8) -> Bool { ResourceName.isLower(byte | 0x20) }

    static func isHex(_ byte: UInt8) -> Bool {
        ResourceName.isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }
}
