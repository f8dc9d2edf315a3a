import JOSE
import KeyManagement
import Resources

/// A token to be made: what it grants, and the keys and policy of one snapshot that make it.
struct TokenOrder: Sendable {
    let authorization: Authorization
    let signer: RingSigner
    let encryptionKey: EncryptionKey
    /// What the gateway must be able to open.
    let recipe: TokenRecipe
    let revocations: RevocationIndex

    /// - Throws: `temporarily_unavailable` when a device has yet to make a key in place of one that was revoked;
    ///   `server_error` when a key is missing otherwise: a token is never issued unencrypted instead.
    init(_ authorization: Authorization, snapshot: IssuerSnapshot) throws(OAuthError) {
        let api = authorization.api
        guard let signer = snapshot.keys.signer(api.signingRing), let signingKeyID = signer.kid else {
            throw Self.missing("signing", api, api.signingRing, snapshot)
        }
        guard let encryptionKey = snapshot.keys.encryptionKey(api.encryptionRing),
            let encryptionKeyID = encryptionKey.kid
        else { throw Self.missing("encryption", api, api.encryptionRing, snapshot) }
        self.authorization = authorization
        self.signer = signer
        self.encryptionKey = encryptionKey
        recipe = TokenRecipe(
            api: api.name, audience: api.spec.audience, signingKeyID: signingKeyID, encryptionKeyID: encryptionKeyID,
            content: api.spec.token.content)
        revocations = snapshot.revocations
    }

    private static func missing(
        _ kind: String, _ api: APIResource, _ ring: RingSpec, _ snapshot: IssuerSnapshot
    ) -> OAuthError {
        let what = "no \(kind) key for tokens of \(api.name): the ring \(ring.id) has no active version"
        if snapshot.keys.isBereft(ring) {
            return .unavailable("\(what), as its key was revoked and the device has not made another yet")
        }
        if let damaged = snapshot.keys.damaged.last(where: { $0.ring == ring }) {
            return .serverError("\(what) that can be used: the key \(damaged.kid) is damaged (\(damaged.reason))")
        }
        return .serverError(what)
    }
}
