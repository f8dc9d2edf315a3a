import Resources

/// One route as the data path reads it.
final class CompiledRoute: Sendable {
    /// The place of its API in ``Snapshot/apis``.
    let api: Int
    /// The number of its name (API and place) in events.
    let number: UInt32
    let isPublic: Bool
    /// What a token must hold; nil when that can't be granted at all.
    let requiredScopes: ScopeSet?
    /// The same as text, for the challenge (RFC 6750 section 3).
    let scopeText: String
    /// How many octets of the canonical path are taken off before forwarding.
    let stripLength: Int

    init(_ route: Route, api: Int, number: UInt32, compiled: CompiledAPI) {
        self.api = api
        self.number = number
        isPublic = route.access == .public
        requiredScopes = compiled.scopeSet(route.scopes)
        scopeText = route.scopes.joined(separator: " ")
        guard route.stripPrefix, case .prefix(let prefix) = route.path else {
            stripLength = 0
            return
        }
        // Without the closing slash, so that what is left begins with one.
        stripLength = prefix.hasSuffix("/") ? prefix.utf8.count - 1 : prefix.utf8.count
    }
}
