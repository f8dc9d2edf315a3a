import JOSE
import KeyManagement
import Resources
import Store

/// Makes access tokens: signed claims (RFC 9068), encrypted to the API's key, recorded, and only then handed out.
struct AccessTokenIssuer: Sendable {
    /// A token as its client gets it.
    struct Token: Sendable {
        /// Five parts, for the Authorization field.
        let text: String
        /// The life that it has, in seconds.
        let lifetime: Int64
        let scope: String
    }

    /// The issuer's URL, octet by octet as configured.
    let issuer: String
    let tokens: IssuedTokens
    let clock: WallClock
    let gatewayOpens: AuthorizationServer.OpeningCheck

    /// How long a request waits for the gateway to load keys that this server has loaded before it.
    private static let patience = (attempts: 200, pause: Duration.milliseconds(5))

    /// - Throws: `temporarily_unavailable` when the gateway could not open the token, `server_error` when a key is missing: a token is never issued unencrypted instead.
    func issue(_ authorization: Authorization, snapshot: IssuerSnapshot) async throws -> Token {
        let api = authorization.api
        guard let signer = snapshot.keys.signer(api.signingRing), let signingKeyID = signer.kid else {
            throw OAuthError.serverError("no signing key for tokens of \(api.name)")
        }
        guard let encryptionKey = snapshot.keys.encryptionKey(api.encryptionRing),
            let encryptionKeyID = encryptionKey.kid
        else { throw OAuthError.serverError("no encryption key for tokens of \(api.name)") }

        try await waitForGateway(
            TokenRecipe(
                api: api.name, audience: api.spec.audience, signingKeyID: signingKeyID,
                encryptionKeyID: encryptionKeyID, content: api.spec.token.content))
        let issuedAt = try await timeOfIssue(authorization, snapshot)
        let lifetime = api.spec.token.lifetime.wholeSeconds
        let claims = AccessTokenClaims(
            issuer: issuer, authorization: authorization, issuedAt: issuedAt, lifetime: lifetime)
        let text: String
        do throws(HeldKey.Failure) {
            text = try await signer.seal(
                claims: claims.json(), type: "at+jwt", encryptionKey: encryptionKey,
                contentEncryption: api.spec.token.content)
        } catch {
            throw Self.failure(error, api.name)
        }
        try await tokens.record(
            IssuedToken(
                digest: TokenDigest(issued: text), jti: claims.jti, api: api.name, audience: api.spec.audience,
                client: authorization.client.id, subject: authorization.subject, scope: claims.scope,
                family: authorization.family, signingKeyID: signingKeyID, encryptionKeyID: encryptionKeyID,
                issuedAt: issuedAt, expiresAt: claims.expiresAt))
        return Token(text: text, lifetime: lifetime, scope: claims.scope)
    }

    private static func failure(_ failure: HeldKey.Failure, _ api: String) -> OAuthError {
        switch failure {
        case .device(let error) where error.isTransient: .unavailable("a token of \(api) can't be signed: \(error)")
        case .device(let error): .serverError("a token of \(api) can't be signed: \(error)")
        case .token(let error): .serverError("a token of \(api) could not be sealed: \(error)")
        }
    }

    /// Now, in seconds; the next second when tokens of this one were revoked: `iat` has no fractions, so a token made in
    /// the second of a revocation would be refused with those that were made before it.
    private func timeOfIssue(_ authorization: Authorization, _ snapshot: IssuerSnapshot) async throws -> Int64 {
        let now = clock.now()
        let isRevoked =
            snapshot.revocations.contains(client: authorization.client.id, issuedAt: now.seconds)
            || snapshot.revocations.contains(api: authorization.api.name, issuedAt: now.seconds)
            || snapshot.revocations.contains(subject: authorization.subject, issuedAt: now.seconds)
        guard isRevoked else { return now.seconds }
        try await Task.sleep(for: .milliseconds(1000 - now.milliseconds % 1000))
        return clock.now().seconds
    }

    /// A change is loaded by the gateway first, but of two changes in a row this server can see the second while the
    /// gateway still loads the first. No token may be out before its keys are known, so the request waits those
    /// milliseconds.
    private func waitForGateway(_ recipe: TokenRecipe) async throws {
        for _ in 0..<Self.patience.attempts {
            if gatewayOpens(recipe) { return }
            try await Task.sleep(for: Self.patience.pause)
        }
        throw OAuthError.outOfDate
    }
}
