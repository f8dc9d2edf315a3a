import JOSE
import KeyManagement

/// The public key sets as they are published, ahead of everything that is made with their keys.
struct KeySets: Sendable {
    /// `/oauth/jwks`: signature keys of access tokens.
    let access: PublicDocument
    /// `/oauth/jwks/forward`: keys of the tokens that upstreams get.
    let forward: PublicDocument

    init(_ keys: LoadedKeys) {
        let revoked = keys.lastPublishedRevocation
        access = PublicDocument(keys.publishedJWKS.serialized(), lastRevocation: revoked)
        forward = PublicDocument(keys.publishedForwardJWKS.serialized(), lastRevocation: revoked)
    }
}
