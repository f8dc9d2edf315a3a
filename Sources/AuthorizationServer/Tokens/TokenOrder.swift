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

    /// - Throws: `server_error` when a key is missing: a token is never issued unencrypted instead.
    init(_ authorization: Authorization, snapshot: IssuerSnapshot) throws(OAuthError) {
        let api = authorization.api
        guard let signer = snapshot.keys.signer(api.signingRing), let signingKeyID = signer.kid else {
            throw OAuthError.serverError("no signing key for tokens of \(api.name)")
        }
        guard let encryptionKey = snapshot.keys.encryptionKey(api.encryptionRing),
            let encryptionKeyID = encryptionKey.kid
        else { throw OAuthError.serverError("no encryption key for tokens of \(api.name)") }
        self.authorization = authorization
        self.signer = signer
        self.encryptionKey = encryptionKey
        recipe = TokenRecipe(
            api: api.name, audience: api.spec.audience, signingKeyID: signingKeyID, encryptionKeyID: encryptionKeyID,
            content: api.spec.token.content)
        revocations = snapshot.revocations
    }
}
