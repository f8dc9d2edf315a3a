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

    /// The scopes that a token has; nil when it does not stand any more. Whether it has expired is not looked at.
    ///
    /// - Throws: `temporarily_unavailable` when that can't be told, since a key of it is damaged.
    func scope(of token: IssuedToken) throws(OAuthError) -> String? {
        guard let api = standings[token.api], let client = client(token.client).map({ ClientStanding($0.spec) })
        else { return nil }
        switch TokenStanding.fault(of: token.facts, at: api, client: client, revocations: revocations) {
        case nil: return client.narrowed(token.scope, at: token.api)
        case .keyDamaged: throw .unavailable("a stored key of the token is damaged")
        default: return nil
        }
    }

    /// The API with this audience, compared octet by octet.
    func api(audience: String) -> APIResource? {
        guard let api = apisByAudience[audience], api.spec.audience.utf8.elementsEqual(audience.utf8) else {
            return nil
        }
        return api
    }
}
