/// Which requests belong to an API, and what they need.
package struct Route: Hashable, Sendable {
    /// What a request must show.
    package enum Access: String, Sendable, CaseIterable {
        /// An access token of the API.
        case token
        /// Nothing: anybody may call.
        case `public`
    }

    /// The host names in lower case, without port; `*.example.com` stands for every name below, not for the name
    /// itself. Empty: every host.
    package var hosts: [String]
    /// The path.
    package var path: RoutePath
    /// The methods. Empty: every method.
    package var methods: [String]
    /// The scopes that a token must hold, all of them.
    package var scopes: [String]
    /// What a request must show.
    package var access: Access
    /// Whether the prefix is taken off before forwarding.
    package var stripPrefix: Bool

    /// Makes a route from parts that were checked before.
    package init(
        hosts: [String] = [], path: RoutePath, methods: [String] = [], scopes: [String] = [],
        access: Access = .token, stripPrefix: Bool = false
    ) {
        self.hosts = hosts
        self.path = path
        self.methods = methods
        self.scopes = scopes
        self.access = access
        self.stripPrefix = stripPrefix
    }
}

/// The paths of a route.
package enum RoutePath: Hashable, Sendable {
    /// The path itself and everything below it, by whole segments: `/orders` takes `/orders` and `/orders/7`, not
    /// `/orders7`. `/` takes every path.
    case prefix(String)
    /// This path alone.
    case exact(String)

    /// The path, in either case.
    package var text: String {
        switch self {
        case .prefix(let text), .exact(let text): text
        }
    }

    /// Whether text is a path in normal form (RFC 3986 section 6.2.2), so that one path has one spelling: it begins with
    /// `/`, has no empty, `.` or `..` segments, no query, and escapes only what needs it, in capitals. Escaped slashes,
    /// backslashes and control characters are refused: programs differ on what they mean.
    static func isValid(_ text: String) -> Bool {
        guard text.utf8.first == UInt8(ascii: "/"), text.utf8.count <= 512 else { return false }
        let outside = Set("?#[]".utf8)
        guard ResourceURI.hasOnlyURICharacters(Substring(text)), !text.utf8.contains(where: outside.contains),
            hasNormalEscapes(text)
        else { return false }
        var segments = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        if segments.last?.isEmpty == true { segments.removeLast() }
        return segments.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    }

    private static func hasNormalEscapes(_ text: String) -> Bool {
        let needless = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
        let ambiguous = Set("/\\".utf8)
        return text.split(separator: "%", omittingEmptySubsequences: false).dropFirst().allSatisfy { part in
            let digits = part.prefix(2)
            guard let byte = UInt8(digits, radix: 16), digits == digits.uppercased() else { return false }
            return byte >= 0x20 && byte != 0x7f && !needless.contains(byte) && !ambiguous.contains(byte)
        }
    }
}
