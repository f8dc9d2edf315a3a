import JOSE
import Problems
import Resources

/// Proof that a token was decrypted, its signature held and its claims fit the API: only ``verify(_:for:now:)``
/// makes one, and only from an ``JOSE/OpenedToken``, which only `NestedToken.open` makes.
///
/// It holds facts that can't change. Whether they still suffice (time, revocation, keys, client, scopes) is asked anew
/// on every use, see ``TokenGuard``.
package final class VerifiedToken: Sendable {
    package let subject: String
    package let clientID: String
    /// The number of the client's name in events.
    let clientNumber: UInt32
    package let jwtID: String
    /// The grant that the token descends from, for revoking all of it.
    package let family: String?
    /// Unix seconds, as are the next two.
    package let issuedAt: Int64
    package let expiresAt: Int64
    package let notBefore: Int64?
    package let encryptionKeyID: String
    package let signingKeyID: String
    /// The `scope` claim.
    package let scope: String
    /// The scopes as bits of the API that the token was verified for.
    let scopes: ScopeSet
    /// The claims that the API asked to be forwarded.
    let forwardedClaims: JSONObject
    /// The field lines that tell the upstream who calls, CRLFs included; empty unless the API forwards claims.
    let identityLines: [UInt8]
    /// About how many octets it occupies, for the cache's bound.
    let cost: Int

    private init(
        _ claims: CheckedClaims, opened: OpenedToken, api: CompiledAPI, clientNumber: UInt32, lines: [UInt8],
        listed: JSONObject
    ) {
        self.clientNumber = clientNumber
        subject = claims.subject
        clientID = claims.clientID
        jwtID = claims.jwtID
        family = claims.family
        issuedAt = claims.issuedAt
        expiresAt = claims.expiresAt
        notBefore = claims.notBefore
        encryptionKeyID = opened.encryptionKeyID
        signingKeyID = opened.signingKeyID
        scope = claims.scope
        scopes = api.grantedScopes(claims.scope)
        forwardedClaims = api.forward == .jwt ? listed : JSONObject()
        identityLines = lines
        let texts = [
            claims.subject, claims.clientID, claims.jwtID, claims.scope, opened.encryptionKeyID, opened.signingKeyID,
        ]
        cost = 320 + lines.count + texts.reduce(0) { $0 + $1.utf8.count }
    }

    /// The one door: checks the claims of an opened token against the API's policy.
    ///
    /// - Parameters:
    ///   - clients: for the number of the client's name; whether the client may is ``TokenStanding``'s question.
    ///   - now: Unix seconds.
    static func verify(
        _ opened: OpenedToken, for api: CompiledAPI, clients: [String: ClientStanding], now: Int64
    ) -> Result<VerifiedToken, Refusal> {
        let claims: CheckedClaims
        switch api.policy.check(opened.claims, now: now) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let checked): claims = checked
        }
        let listed = IdentityHeaders.listedClaims(api.claims, of: opened.claims)
        let lines = api.forward == .claims ? IdentityHeaders.lines(for: claims, listed: listed) : []
        guard let lines else { return .failure(Refusal(.tokenInvalid, at: .forward, "claims-too-large")) }
        let number = clients[claims.clientID]?.number ?? 0
        return .success(
            VerifiedToken(claims, opened: opened, api: api, clientNumber: number, lines: lines, listed: listed))
    }
}
