/// One of the questions that a `ClaimsPolicy` asks, in the order in which they are asked.
public enum ClaimsCheck: String, Sendable, CaseIterable {
    /// Are the claims there that must be?
    case required = "required claims"
    /// Is `iss` one of those expected?
    case issuer = "iss"
    /// Is `sub` one of those expected?
    case subject = "sub"
    /// Is the token meant for us?
    case audience = "aud"
    /// Is `jti` one of those expected?
    case jwtID = "jti"
    /// Is `nonce` one of those expected?
    case nonce = "nonce"
    /// Has `exp` passed?
    case expiry = "exp"
    /// Has `nbf` come?
    case notBefore = "nbf"
    /// Has `iat` come?
    case issuedAt = "iat"
    /// Is `iat` recent enough?
    case age = "max age"

    /// Whether the question has a point: policy asks it, or the claim that it is about is there.
    func isAsked(_ claims: JWTClaims, _ policy: ClaimsPolicy) -> Bool {
        switch self {
        case .required: !policy.requiredClaims.isEmpty
        case .issuer: policy.issuers != nil
        case .subject: policy.subjects != nil
        case .audience: policy.audience != .anyone
        case .jwtID: policy.jwtIDs != nil
        case .nonce: policy.nonces != nil
        case .expiry: claims.expiresAt != nil && !policy.dangerouslyIgnoresExpiration
        case .notBefore: claims.notBefore != nil && !policy.dangerouslyIgnoresNotBefore
        case .issuedAt: claims.issuedAt != nil
        case .age: policy.maxAge != nil
        }
    }

    /// - Throws: the refusal.
    func run(_ claims: JWTClaims, _ policy: ClaimsPolicy, now: Int64) throws(JOSEError) {
        guard isAsked(claims, policy) else { return }
        switch self {
        case .required:
            for name in policy.requiredClaims where !claims.has(name) {
                throw JOSEError(.claimMissing, "expected the claim \(name)")
            }
        case .issuer: try expect(claims.issuer, policy.issuers, .issuerMismatch)
        case .subject: try expect(claims.subject, policy.subjects, .subjectMismatch)
        case .jwtID: try expect(claims.jwtID, policy.jwtIDs, .jwtIDMismatch)
        case .nonce: try expect(claims["nonce"]?.stringValue, policy.nonces, .nonceMismatch)
        case .audience:
            guard policy.audience.isMet(by: claims.audience) else {
                throw JOSEError(.audienceMismatch, "the token is meant for somebody else")
            }
        case .expiry, .notBefore, .issuedAt, .age: try checkTime(claims, policy, now)
        }
    }

    private func expect(_ value: String?, _ allowed: [String]?, _ code: JOSEError.Code) throws(JOSEError) {
        guard let allowed else { return }
        guard let value, allowed.contains(where: { isSameText($0, value) }) else {
            let names = allowed.count == 1 ? allowed[0] : "one of \(allowed.count) values"
            throw JOSEError(code, "expected \(rawValue) \(names)")
        }
    }

    private func checkTime(_ claims: JWTClaims, _ policy: ClaimsPolicy, _ now: Int64) throws(JOSEError) {
        // Dates are at most 2^53, so that with the clock and the leeway held in range no sum below can overflow.
        let leeway = Swift.min(Swift.max(policy.leeway.components.seconds, 0), 3_600)
        let now = Swift.min(Swift.max(now, 0), 1 << 53)
        switch self {
        case .expiry:
            guard let expiresAt = claims.expiresAt, now - leeway >= expiresAt else { return }
            throw JOSEError(.tokenExpired, "the token expired at \(expiresAt)")
        case .notBefore:
            guard let notBefore = claims.notBefore, now + leeway < notBefore else { return }
            throw JOSEError(.tokenNotYetValid, "the token is valid from \(notBefore)")
        case .issuedAt:
            guard let issuedAt = claims.issuedAt, now + leeway < issuedAt else { return }
            throw JOSEError(.tokenNotYetValid, "the token was issued at \(issuedAt), which is to come")
        default:
            guard let maxAge = policy.maxAge?.components.seconds else { return }
            guard let issuedAt = claims.issuedAt else { throw JOSEError(.claimMissing, "expected the claim iat") }
            guard now - leeway - issuedAt <= maxAge else {
                throw JOSEError(.tokenTooOld, "expected a token of at most \(maxAge) seconds of age")
            }
        }
    }
}

extension ClaimsPolicy.Audience {
    /// Whether the values of `aud` are as they must be.
    func isMet(by values: [String]) -> Bool {
        func isAmong(_ value: String, _ others: [String]) -> Bool { others.contains { isSameText($0, value) } }
        switch self {
        case .anyone: return true
        case .any(let expected): return values.contains { isAmong($0, expected) }
        case .all(let expected): return !expected.isEmpty && expected.allSatisfy { isAmong($0, values) }
        case .only(let expected): return values.count == 1 && isAmong(expected, values)
        }
    }
}
