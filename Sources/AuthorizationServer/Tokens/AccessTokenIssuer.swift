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
    let cell: LoadedCell<IssuerSnapshot>

    /// How long a request waits until gateway and authorization server know the same keys.
    private static let patience = (attempts: 200, pause: Duration.milliseconds(5))

    /// - Parameters:
    ///   - snapshot: the one that the request began with.
    ///   - authorize: what the request may have by a snapshot. It is asked again when the keys changed meanwhile.
    /// - Throws: what `authorize` throws; `temporarily_unavailable` when the gateway could not open the token;
    ///   `server_error` when a key is missing: a token is never issued unencrypted instead.
    func issue(
        beginningWith snapshot: IssuerSnapshot, authorize: (IssuerSnapshot) throws -> Authorization
    ) async throws -> Token {
        let order = try await orderThatGatewayOpens(beginningWith: snapshot, authorize: authorize)
        let (authorization, recipe) = (order.authorization, order.recipe)
        let api = authorization.api
        let issuedAt = try await timeOfIssue(authorization, order.revocations)
        let lifetime = api.spec.token.lifetime.wholeSeconds
        let claims = AccessTokenClaims(
            issuer: issuer, authorization: authorization, issuedAt: issuedAt, lifetime: lifetime)
        let text: String
        do throws(HeldKey.Failure) {
            text = try await order.signer.seal(
                claims: claims.json(), type: "at+jwt", encryptionKey: order.encryptionKey,
                contentEncryption: recipe.content)
        } catch {
            throw Self.failure(error, api.name)
        }
        try await tokens.record(
            IssuedToken(
                digest: TokenDigest(issued: text), jti: claims.jti, api: api.name, audience: api.spec.audience,
                client: authorization.client.id, subject: authorization.subject, scope: claims.scope,
                family: authorization.family, signingKeyID: recipe.signingKeyID,
                encryptionKeyID: recipe.encryptionKeyID, issuedAt: issuedAt, expiresAt: claims.expiresAt))
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
    private func timeOfIssue(_ authorization: Authorization, _ revocations: RevocationIndex) async throws -> Int64 {
        let now = clock.now()
        let isRevoked =
            revocations.contains(client: authorization.client.id, issuedAt: now.seconds)
            || revocations.contains(api: authorization.api.name, issuedAt: now.seconds)
            || revocations.contains(subject: authorization.subject, issuedAt: now.seconds)
        guard isRevoked else { return now.seconds }
        try await Task.sleep(for: .milliseconds(1000 - now.milliseconds % 1000))
        return clock.now().seconds
    }

    /// A change is loaded by the gateway first. Of two changes in a row this server can see the second while the gateway
    /// still loads the first; and of one that revokes a key, the gateway opens nothing more of that key while this server
    /// still makes tokens with it. No token may be out that would be refused, so the request waits those milliseconds, and
    /// begins anew with what this server has loaded meanwhile.
    private func orderThatGatewayOpens(
        beginningWith first: IssuerSnapshot, authorize: (IssuerSnapshot) throws -> Authorization
    ) async throws -> TokenOrder {
        var snapshot = first
        for _ in 0..<Self.patience.attempts {
            let order = try TokenOrder(try authorize(snapshot), snapshot: snapshot)
            if gatewayOpens(order.recipe) { return order }
            try await Task.sleep(for: Self.patience.pause)
            guard let present = cell.upToDate else { break }
            snapshot = present
        }
        throw OAuthError.outOfDate
    }
}
