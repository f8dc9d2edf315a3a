/// Every API and client at one moment.
package struct ResourceSet: Sendable, Equatable {
    /// The APIs by name.
    package var apis: [String: APIResource]
    /// The clients by name, which is their `client_id`.
    package var clients: [String: ClientResource]

    /// A set of resources.
    package init(apis: [String: APIResource] = [:], clients: [String: ClientResource] = [:]) {
        self.apis = apis
        self.clients = clients
    }

    /// The API with this audience (the `resource` of a token request), compared octet by octet.
    package func api(audience: String) -> APIResource? {
        apis.values.first { $0.spec.audience.utf8.elementsEqual(audience.utf8) }
    }
}

/// The kinds of resources.
package enum ResourceKind: String, Sendable, CaseIterable, Comparable {
    /// An API.
    case api = "API"
    /// An OAuth client.
    case client = "Client"

    package static func < (left: ResourceKind, right: ResourceKind) -> Bool { left.rawValue < right.rawValue }
}
