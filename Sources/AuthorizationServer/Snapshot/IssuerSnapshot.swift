import ControlHTTP
import JOSE
import KeyManagement
import Resources

/// Everything that a request to the authorization server reads, at one moment. Immutable; replaced as a whole.
struct IssuerSnapshot: Sendable {
    let resources: ResourceSet
    let keys: LoadedKeys
    let revocations: RevocationIndex
    /// What tokens are held against, by the name of their API.
    let standings: [String: APIStanding]
    /// The keys of clients with `private_key_jwt`, by client.
    let clientKeys: [String: ClientKeys]

    private let apisByAudience: [String: APIResource]

    init(resources: ResourceSet, keys: LoadedKeys, revocations: RevocationIndex) {
        self.resources = resources
        self.keys = keys
        self.revocations = revocations
        standings = resources.apis.mapValues { APIStanding($0, keys: keys) }
        clientKeys = resources.clients.compactMapValues { $0.spec.jwks.map(ClientKeys.init) }
        apisByAudience = Dictionary(resources.apis.values.map { ($0.spec.audience, $0) }) { first, _ in first }
    }

    /// The client with this id, compared octet by octet.
    func client(_ id: String) -> ClientResource? {
        // String equality alone takes canonically equivalent texts for equal.
        guard let client = resources.clients[id], client.name.utf8.elementsEqual(id.utf8) else { return nil }
        return client
    }

    /// The API with this audience, compared octet by octet.
    func api(audience: String) -> APIResource? {
        guard let api = apisByAudience[audience], api.spec.audience.utf8.elementsEqual(audience.utf8) else {
            return nil
        }
        return api
    }
}
