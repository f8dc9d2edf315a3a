import JOSE
import Problems
import Resources

/// The claims of RFC 9068 section 2.2, present and of the right types.
struct CheckedClaims: Sendable {
    var subject: String
    var clientID: String
    var jwtID: String
    var scope: String
    var family: String?
    var issuedAt: Int64
    var expiresAt: Int64
    var notBefore: Int64?
}

/// What an API demands of a token's claims (RFC 9068 section 4): issuer, one audience, lifetime, and who it is for.
struct TokenAcceptance: Sendable {
    let issuer: String
    let audience: String
    /// Seconds.
    let leeway: Int64
    /// The longest life of a token, seconds: one that claims more was not issued by our server.
    let maximumLifetime: Int64

    /// The longest `sub`, `client_id`, `jti` that is taken, in octets: they become field values and table keys.
    static let maximumNameBytes = 512

    /// Checks everything about the claims that will not change, and that they hold now.
    ///
    /// - Parameter now: Unix seconds.
    func check(_ claims: JWTClaims, now: Int64) -> Result<CheckedClaims, Refusal> {
        guard let issuer = claims.issuer, issuer.utf8.elementsEqual(self.issuer.utf8) else {
            return .failure(Refusal(.tokenInvalid, at: .claims, "issuer-mismatch"))
        }
        // One value, equal to the audience of the API whose key opened it: so a recipient that knows another API's
        // public key gains nothing by encrypting the signed token to it.
        guard claims.audience.count == 1, let audience = claims.audience.first,
            audience.utf8.elementsEqual(self.audience.utf8)
        else { return .failure(Refusal(.audienceMismatch, at: .claims, "audience-mismatch")) }
        guard let expiresAt = claims.expiresAt else { return missing("exp") }
        guard let issuedAt = claims.issuedAt else { return missing("iat") }
        guard let subject = name(claims.subject) else { return missing("sub") }
        guard let clientID = name(claims.clientID) else { return missing("client_id") }
        guard let jwtID = name(claims.jwtID) else { return missing("jti") }
        let scope = claims.scope ?? ""
        guard scope.utf8.count <= TokenPolicy.maximumScopeBytes else {
            return .failure(Refusal(.tokenInvalid, at: .claims, "claim-invalid", detail: "scope is too long"))
        }
        let checked = CheckedClaims(
            subject: subject, clientID: clientID, jwtID: jwtID, scope: scope, family: claims["family"]?.stringValue,
            issuedAt: issuedAt, expiresAt: expiresAt, notBefore: claims.notBefore)
        if let refusal = lifetime(checked, now: now) { return .failure(refusal) }
        return .success(checked)
    }

    /// What is wrong with the times of a token; nil when it may be used now.
    private func lifetime(_ claims: CheckedClaims, now: Int64) -> Refusal? {
        // Reporting arithmetic: the numbers come from outside, if signed.
        let (life, overflow) = claims.expiresAt.subtractingReportingOverflow(claims.issuedAt)
        guard !overflow, life > 0, life <= maximumLifetime else {
            return Refusal(.tokenInvalid, at: .lifetime, "lifetime-invalid")
        }
        if let refusal = Self.expiry(claims.expiresAt, leeway: leeway, now: now) { return refusal }
        guard Self.hasBegun(claims.issuedAt, leeway: leeway, now: now) else {
            return Refusal(.tokenExpired, at: .lifetime, "token-issued-in-future")
        }
        if let notBefore = claims.notBefore, !Self.hasBegun(notBefore, leeway: leeway, now: now) {
            return Refusal(.tokenExpired, at: .lifetime, "token-not-yet-valid")
        }
        return nil
    }

    @inline(__always)
    static func expiry(_ expiresAt: Int64, leeway: Int64, now: Int64) -> Refusal? {
        let (end, overflow) = expiresAt.addingReportingOverflow(leeway)
        return overflow || now < end ? nil : Refusal(.tokenExpired, at: .lifetime, "token-expired")
    }

    @inline(__always)
    static func hasBegun(_ begin: Int64, leeway: Int64, now: Int64) -> Bool {
        let (begin, overflow) = begin.subtractingReportingOverflow(leeway)
        return overflow || now >= begin
    }

    private func name(_ value: String?) -> String? {
        guard let value, !value.isEmpty, value.utf8.count <= Self.maximumNameBytes else { return nil }
        return value
    }

    private func missing(_ claim: String) -> Result<CheckedClaims, Refusal> {
        .failure(Refusal(.tokenInvalid, at: .claims, "claim-missing", detail: "\(claim) is missing or unfit"))
    }
}
