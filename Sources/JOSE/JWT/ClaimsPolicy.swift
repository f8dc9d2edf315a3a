/// What claims must say (RFC 7519 section 4.1, RFC 9068 section 4).
public struct ClaimsPolicy: Sendable, Equatable {
    /// What `aud` must be.
    public enum Audience: Sendable, Equatable {
        /// Anything, or absent. For tokens whose recipient is settled otherwise.
        case anyone
        /// One of its values must be this.
        case includes(String)
        /// It must be this one value, as a string or as an array of one: nobody else is meant too.
        case only(String)
    }

    /// What `iss` must be; nil allows any.
    public var issuer: String?

    /// What `aud` must be.
    public var audience: Audience

    /// Claims that must be there; `exp` unless it is taken out.
    public var requiredClaims: [String]

    /// Seconds by which clocks may differ, 0 to 3,600.
    public var leeway: Int64

    /// The most seconds since `iat`, which is then required; nil allows any.
    public var maxAge: Int64?

    /// What the header's `typ` must be; nil allows any. Looked at by `JWT.verify`, which sees the header.
    public var type: String?

    /// Makes a policy.
    public init(
        issuer: String? = nil, audience: Audience = .anyone, requiredClaims: [String] = ["exp"], leeway: Int64 = 30,
        maxAge: Int64? = nil, type: String? = nil
    ) {
        self.issuer = issuer
        self.audience = audience
        self.requiredClaims = requiredClaims
        self.leeway = leeway
        self.maxAge = maxAge
        self.type = type
    }

    /// Checks claims at a time.
    /// - Parameter now: seconds since 1970.
    /// - Throws: `claim-missing`, `issuer-mismatch`, `audience-mismatch`, `token-expired`, `token-not-yet-valid`,
    ///   `token-too-old`.
    public func check(_ claims: JWTClaims, now: Int64) throws(JOSEError) {
        for name in requiredClaims where !claims.has(name) {
            throw JOSEError(.claimMissing, "expected the claim \(name)")
        }
        if let issuer, !claims.isIssuer(issuer) {
            throw JOSEError(.issuerMismatch, "expected iss \(issuer)")
        }
        try checkAudience(claims)
        try checkTimes(claims, now: now)
    }

    private func checkAudience(_ claims: JWTClaims) throws(JOSEError) {
        let isMeant: Bool
        switch audience {
        case .anyone: return
        case .includes(let expected): isMeant = claims.audience.contains { isSameText($0, expected) }
        case .only(let expected):
            let values = claims.audience
            isMeant = values.count == 1 && isSameText(values[0], expected)
        }
        guard isMeant else { throw JOSEError(.audienceMismatch, "the token is meant for somebody else") }
    }

    private func checkTimes(_ claims: JWTClaims, now: Int64) throws(JOSEError) {
        // Dates are at most 2^53, so that with the clock and the leeway held in range no sum below can overflow.
        let leeway = Swift.min(Swift.max(leeway, 0), 3_600)
        let now = Swift.min(Swift.max(now, 0), 1 << 53)
        if let expiresAt = claims.expiresAt, now - leeway >= expiresAt {
            throw JOSEError(.tokenExpired, "the token expired at \(expiresAt)")
        }
        if let notBefore = claims.notBefore, now + leeway < notBefore {
            throw JOSEError(.tokenNotYetValid, "the token is valid from \(notBefore)")
        }
        if let issuedAt = claims.issuedAt, now + leeway < issuedAt {
            throw JOSEError(.tokenNotYetValid, "the token was issued at \(issuedAt), which is to come")
        }
        guard let maxAge else { return }
        guard let issuedAt = claims.issuedAt else { throw JOSEError(.claimMissing, "expected the claim iat") }
        guard now - leeway - issuedAt <= maxAge else {
            throw JOSEError(.tokenTooOld, "expected a token of at most \(maxAge) seconds of age")
        }
    }
}
