import ControlHTTP
import Resources

/// Which scopes a token gets (RFC 6749 section 3.3).
enum ScopeCheck {
    /// - Returns: the scopes asked for, each once; without `scope` all that the client has at the API.
    /// - Throws: `invalid_scope` when the text is malformed, asks for more than the client has, or for more than a gateway
    ///   reads from one token.
    static func scopes(
        _ form: FormParameters, client: AuthenticatedClient, api: APIResource
    ) throws(OAuthError) -> [String] {
        let granted = client.client.spec.scopes(at: api.name) ?? []
        guard let text = form["scope"] else { return try fitting(granted) }
        var scopes: [String] = []
        for token in text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false) {
            guard !token.isEmpty, token.allSatisfy(isScopeByte) else {
                throw OAuthError(.invalidScope, "scope is a list of tokens with single spaces between them")
            }
            guard let scope = granted.first(where: { $0.utf8.elementsEqual(token) }) else {
                throw OAuthError(.invalidScope, "a scope that was asked for is not granted to this client")
            }
            if !scopes.contains(scope) { scopes.append(scope) }
        }
        return try fitting(scopes)
    }

    private static func fitting(_ scopes: [String]) throws(OAuthError) -> [String] {
        let bytes = scopes.reduce(0) { $0 + $1.utf8.count + 1 }
        guard bytes <= TokenPolicy.maximumScopeBytes + 1 else {
            throw OAuthError(.invalidScope, "these scopes are too long for one token: ask for fewer of them")
        }
        return scopes
    }

    /// NQCHAR of RFC 6749 appendix A.
    private static func isScopeByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21, 0x23...0x5B, 0x5D...0x7E: true
        default: false
        }
    }
}
