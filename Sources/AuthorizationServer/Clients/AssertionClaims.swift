import JOSE

/// The claims of a client assertion (RFC 7523 section 3).
struct AssertionClaims: Sendable {
    let issuer: String
    let subject: String
    let audience: String
    let jti: String
    let expiresAt: Int64
    let notBefore: Int64?
    let issuedAt: Int64?

    /// The longest `jti`, in octets.
    static let maximumIDBytes = 256

    /// - Throws: `invalid_client`.
    init(_ payload: [UInt8]) throws(OAuthError) {
        let object: JSONObject
        do { object = try JSONObject(parsing: payload) } catch { throw .invalidClient("assertion without JSON claims") }
        try self.init(object)
    }

    /// - Throws: `invalid_client`.
    init(_ object: JSONObject) throws(OAuthError) {
        issuer = try Self.text("iss", object)
        subject = try Self.text("sub", object)
        // One value, as a string: with several audiences the assertion could be used at another server as well.
        audience = try Self.text("aud", object)
        jti = try Self.text("jti", object)
        guard jti.utf8.count <= Self.maximumIDBytes else {
            throw .invalidClient("assertion with a jti that is too long")
        }
        guard let expiresAt = try Self.time("exp", object) else { throw .invalidClient("assertion without exp") }
        self.expiresAt = expiresAt
        notBefore = try Self.time("nbf", object)
        issuedAt = try Self.time("iat", object)
    }

    /// - Parameter now: unix time in seconds.
    /// - Throws: `invalid_client`.
    func check(client: String, audiences: Set<String>, now: Int64) throws(OAuthError) {
        let leeway = AssertionVerifier.leeway
        guard issuer.utf8.elementsEqual(client.utf8), subject.utf8.elementsEqual(client.utf8) else {
            throw .invalidClient("assertion of \(client) whose iss and sub are not the client")
        }
        guard audiences.contains(where: { $0.utf8.elementsEqual(audience.utf8) }) else {
            throw .invalidClient("assertion of \(client) for another audience")
        }
        // `now` and the limits are small, so only the claims can be absurd, and they are only compared.
        guard expiresAt > now &- leeway else { throw .invalidClient("assertion of \(client) has expired") }
        guard expiresAt <= now &+ AssertionVerifier.maximumLifetime &+ leeway else {
            throw .invalidClient("assertion of \(client) expires too late")
        }
        guard (notBefore ?? now) <= now &+ leeway, (issuedAt ?? now) <= now &+ leeway else {
            throw .invalidClient("assertion of \(client) is not valid yet")
        }
    }

    private static func text(_ name: String, _ object: JSONObject) throws(OAuthError) -> String {
        guard let text = object[name]?.stringValue, !text.isEmpty else {
            throw .invalidClient("assertion whose \(name) is not one string")
        }
        return text
    }

    /// A NumericDate (RFC 7519 section 2), fractions cut off; nil when it is absent.
    private static func time(_ name: String, _ object: JSONObject) throws(OAuthError) -> Int64? {
        guard let value = object[name] else { return nil }
        switch value {
        case .integer(let seconds): return seconds
        case .number(let seconds):
            guard let whole = Int64(exactly: seconds.rounded(.down)) else {
                throw .invalidClient("assertion whose \(name) is out of range")
            }
            return whole
        default: throw .invalidClient("assertion whose \(name) is no number")
        }
    }
}
