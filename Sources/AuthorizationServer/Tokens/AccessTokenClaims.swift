import JOSE
import Resources

/// The claims of an access token (RFC 9068 section 2.2).
struct AccessTokenClaims: Sendable {
    let issuer: String
    let subject: String
    /// One value: a token for several audiences could be passed on from one to the other.
    let audience: String
    let clientID: String
    /// The scopes with single spaces between them; empty when there are none.
    let scope: String
    /// 128 random bits in base64url.
    let jti: String
    /// Seconds of unix time.
    let issuedAt: Int64
    let expiresAt: Int64

    init(issuer: String, authorization: Authorization, issuedAt: Int64, lifetime: Int64) {
        self.issuer = issuer
        subject = authorization.subject
        audience = authorization.api.spec.audience
        clientID = authorization.client.id
        scope = authorization.scopes.joined(separator: " ")
        jti = Self.randomID()
        self.issuedAt = issuedAt
        expiresAt = issuedAt &+ lifetime
    }

    /// The claims as JSON. There is no `nbf`: a token is good from its issue on.
    func json() -> [UInt8] {
        var claims: JSONObject = [
            "iss": .string(issuer), "sub": .string(subject), "aud": .string(audience), "exp": .integer(expiresAt),
            "iat": .integer(issuedAt), "jti": .string(jti), "client_id": .string(clientID),
        ]
        if !scope.isEmpty { claims["scope"] = .string(scope) }
        return claims.serialized()
    }

    private static func randomID() -> String {
        var generator = SystemRandomNumberGenerator()
        let octets = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return Base64URL.encode(octets)
    }
}
