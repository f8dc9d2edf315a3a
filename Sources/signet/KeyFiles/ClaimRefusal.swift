import JOSE

extension CommandFailure {
    /// A refusal of a token's claims, with what they say and what was expected, and dates as people read them.
    init(_ error: JOSEError, of claims: JWTClaims, _ policy: ClaimsPolicy, now: Int64) {
        self = .refused(error.code.rawValue, Self.detail(error, claims, policy, now) ?? error.reason)
    }

    private static func detail(
        _ error: JOSEError, _ claims: JWTClaims, _ policy: ClaimsPolicy, _ now: Int64
    ) -> String? {
        switch error.code {
        case .audienceMismatch:
            let found = claims.audience.isEmpty ? "none" : list(claims.audience, "and")
            return expected(policy.audience).map { "expected aud \($0), got \(found)" }
        case .issuerMismatch: return text("iss", policy.issuers, claims)
        case .subjectMismatch: return text("sub", policy.subjects, claims)
        case .jwtIDMismatch: return text("jti", policy.jwtIDs, claims)
        case .nonceMismatch: return text("nonce", policy.nonces, claims)
        case .tokenExpired: return claims.expiresAt.flatMap { date("the token expired", $0, now) }
        case .tokenNotYetValid:
            guard let begins = [claims.notBefore, claims.issuedAt].compactMap(\.self).max() else { return nil }
            return date("the token is valid from", begins, now)
        default: return nil
        }
    }

    private static func expected(_ audience: ClaimsPolicy.Audience) -> String? {
        switch audience {
        case .anyone: nil
        case .any(let names): list(names, "or")
        case .all(let names): list(names, "and")
        case .only(let name): "\(KeyChoice.quoted(name)) alone"
        }
    }

    private static func text(_ claim: String, _ allowed: [String]?, _ claims: JWTClaims) -> String? {
        guard let allowed else { return nil }
        let found = claims[claim]?.stringValue.map(KeyChoice.quoted) ?? "none"
        return "expected \(claim) \(list(allowed, "or")), got \(found)"
    }

    /// At most four of them: a token may name thousands.
    private static func list(_ values: [String], _ word: String) -> String {
        let shown = values.prefix(4).map(KeyChoice.quoted).joined(separator: " \(word) ")
        return values.count > 4 ? "\(shown) \(word) \(values.count - 4) more" : shown
    }

    private static func date(_ what: String, _ seconds: Int64, _ now: Int64) -> String? {
        CivilTime.text(seconds).map { "\(what) \($0), \(CivilTime.distance(seconds, from: now))" }
    }
}
