/// What a client may do now, whatever its tokens say.
package struct ClientStanding: Sendable, Hashable {
    package let isDisabled: Bool
    /// The scopes that it is granted, by the name of the API; an API that is missing it may not use.
    package let scopes: [String: [String]]

    package init(isDisabled: Bool, scopes: [String: [String]]) {
        self.isDisabled = isDisabled
        self.scopes = scopes
    }

    package init(_ spec: ClientSpec) {
        self.init(
            isDisabled: spec.isDisabled,
            scopes: Dictionary(spec.apis.map { ($0.api, $0.scopes) }, uniquingKeysWith: { first, _ in first }))
    }

    /// What is left of a token's `scope` at an API: those scopes that the client is granted now, in the token's order.
    package func narrowed(_ scope: String, at api: String) -> String {
        let granted = scopes[api] ?? []
        let held = scope.split(separator: " ")
        let kept = held.filter { name in granted.contains { $0.utf8.elementsEqual(name.utf8) } }
        return kept.count == held.count ? scope : kept.joined(separator: " ")
    }
}
