import JOSE
import KeyManagement
import Problems

/// A token of `forward: jwt`: who calls, signed by the issuer for one upstream and at most a minute.
///
/// It is kept beside the access token that it was made from (``TokenCache``), so that a busy client costs one signature
/// in thirty seconds and upstream, and goes when that goes.
struct ForwardToken: Sendable {
    /// Seconds.
    static let lifetime = KeyTimings.forwardTokenLifetime
    static let type = "signet-forward+jwt"

    /// The URL of the upstream that it is for.
    let audience: String
    /// The key that signed it.
    let keyID: String?
    /// Unix seconds; when it begins, a new one is made.
    let freshUntil: Int64
    let text: [UInt8]

    /// About how many octets it occupies.
    var cost: Int { MemoryLayout<ForwardToken>.stride + 32 + text.count }

    /// Whether it may be sent to this upstream at this time.
    func serves(_ upstream: CompiledUpstream, key: SigningKey, now: Int64) -> Bool {
        now < freshUntil && audience == upstream.url && keyID == key.kid
    }

    /// Signs a new one.
    ///
    /// It never outlives the access token, for which the leeway is none of the upstream's business: within it nothing is
    /// left to sign, and the access token counts as expired.
    ///
    /// - Parameter now: Unix seconds.
    static func make(
        for token: VerifiedToken, upstream: CompiledUpstream, issuer: String, key: SigningKey, jwtID: String, now: Int64
    ) -> Result<ForwardToken, Refusal> {
        guard now < token.expiresAt else {
            return .failure(Refusal(.tokenExpired, at: .forward, "no-time-left-to-forward"))
        }
        let expiresAt = min(now &+ lifetime, token.expiresAt)
        // Listed claims first: they can't replace what the gateway states.
        var claims = token.forwardedClaims
        claims["iss"] = .string(issuer)
        claims["aud"] = .string(upstream.url)
        claims["sub"] = .string(token.subject)
        claims["client_id"] = .string(token.clientID)
        claims["scope"] = token.scope.isEmpty ? nil : .string(token.scope)
        claims["iat"] = .integer(now)
        claims["nbf"] = nil
        claims["exp"] = .integer(expiresAt)
        claims["jti"] = .string(jwtID)
        guard let text = try? JWS.sign(payload: claims.serialized(), header: ["typ": .string(type)], key: key) else {
            return .failure(Refusal(.keysUnavailable, at: .forward, "forward-token-not-signed"))
        }
        // A last one can't be bettered: it is sent until its end.
        let freshUntil = expiresAt == token.expiresAt ? expiresAt : now &+ lifetime / 2
        return .success(
            ForwardToken(audience: upstream.url, keyID: key.kid, freshUntil: freshUntil, text: Array(text.utf8)))
    }
}
