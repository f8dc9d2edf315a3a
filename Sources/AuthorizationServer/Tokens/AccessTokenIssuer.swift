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
    /// How long a request waits for a device in all.
    let devicePatience: Duration

    /// How long a request waits until gateway and authorization server know the same keys.
    private static let patience = (attempts: 200, pause: Duration.milliseconds(5))

    /// How often a token is made in place of one that fell while it was made.
    private static let turns = 3

    /// - Parameters:
    ///   - snapshot: the one that the request began with.
    ///   - authorize: what the request may have by a snapshot. It is asked again when the keys changed meanwhile.
    /// - Throws: what `authorize` throws; `temporarily_unavailable` when the gateway could not open the token, and when a
    ///   device does not sign it in time; `server_error` when a key is missing: a token is never
    ///   issued unencrypted instead.
    func issue(
        beginningWith snapshot: IssuerSnapshot, authorize: (IssuerSnapshot) throws -> Authorization
    ) async throws -> Token {
        let deadline = ContinuousClock.now.advanced(by: devicePatience)
        var snapshot = snapshot
        for _ in 0..<Self.turns {
            let order = try await orderThatGatewayOpens(beginningWith: snapshot, authorize: authorize)
            let (text, token) = try await make(order, until: deadline)
            guard let present = cell.upToDate else { break }
            // A device may have taken seconds: what was revoked meanwhile is not handed out.
            if gatewayOpens(order.recipe), try present.scope(of: token) == token.scope {
                try await tokens.record(token)
                return Token(text: text, lifetime: token.expiresAt - token.issuedAt, scope: token.scope)
            }
            snapshot = present
        }
        throw OAuthError.outOfDate
    }

    /// A token, and what is to be kept of it.
    private func make(
        _ order: TokenOrder, until deadline: ContinuousClock.Instant
    ) async throws -> (text: String, kept: IssuedToken) {
        let (authorization, recipe) = (order.authorization, order.recipe)
        let api = authorization.api
        let issuedAt = try await timeOfIssue(authorization, order.revocations)
        let claims = AccessTokenClaims(
            issuer: issuer, authorization: authorization, issuedAt: issuedAt,
            lifetime: api.spec.token.lifetime.wholeSeconds)
        let text: String
        do throws(HeldKey.Failure) {
            text = try await order.signer.seal(
                claims: claims.json(), type: "at+jwt", encryptionKey: order.encryptionKey,
                contentEncryption: recipe.content, until: deadline)
        } catch {
            throw Self.failure(error, api)
        }
        let kept = IssuedToken(
            digest: TokenDigest(issued: text), jti: claims.jti, api: api.name, audience: api.spec.audience,
            client: authorization.client.id, subject: authorization.subject, scope: claims.scope,
            family: authorization.family, signingKeyID: recipe.signingKeyID,
            encryptionKeyID: recipe.encryptionKeyID, issuedAt: issuedAt, expiresAt: claims.expiresAt)
        return (text, kept)
    }

    private static func failure(_ failure: HeldKey.Failure, _ api: APIResource) -> OAuthError {
        let what = "a token of \(api.name) can't be signed by the ring \(api.signingRing.id)"
        return switch failure {
        case .device(let error) where error.isTransient: .unavailable("\(what): \(error)")
        case .device(let error): .serverError("\(what): \(error)")
        case .token(let error): .serverError("a token of \(api.name) could not be sealed: \(error)")
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
