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
    /// The scopes of the `scope` claim that the client was granted when the token was verified.
    package let scope: String
    /// All that the client was granted at the API by then.
    let granted: [String]
    /// What the token is judged by on every use.
    let facts: TokenFacts
    /// The scopes as bits of the API that the token was verified for.
    let scopes: ScopeSet
    /// The claims that the API asked to be forwarded.
    let forwardedClaims: JSONObject
    /// The field lines that tell the upstream who calls, CRLFs included; empty unless the API forwards claims.
    let identityLines: [UInt8]
    /// About how many octets it occupies, for the cache's bound.
    let cost: Int

    private init(
        _ claims: CheckedClaims, opened: OpenedToken, api: CompiledAPI, client: ClientEntry?, lines: [UInt8],
        listed: JSONObject
    ) {
        clientNumber = client?.number ?? 0
        granted = client?.standing.scopes[api.name] ?? []
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
        facts = TokenFacts(
            jwtID: claims.jwtID, family: claims.family, subject: claims.subject, client: claims.clientID,
            audience: api.policy.audience, signingKeyID: opened.signingKeyID,
            encryptionKeyID: opened.encryptionKeyID, issuedAt: claims.issuedAt)
        cost = Self.cost(claims, opened, granted: granted, lines: lines, forwarded: forwardedClaims)
    }

    private static func cost(
        _ claims: CheckedClaims, _ opened: OpenedToken, granted: [String], lines: [UInt8], forwarded: JSONObject
    ) -> Int {
        let texts = [
            claims.subject, claims.clientID, claims.jwtID, claims.scope, claims.family ?? "", opened.encryptionKeyID,
            opened.signingKeyID,
        ]
        // The object itself, its strings' headers, and its place in the cache.
        let fixed = 640
        return fixed + lines.count + (texts + granted).reduce(0) { $0 + 16 + $1.utf8.count }
            + JSONValue.object(forwarded).storage
    }

    /// The one door: checks the claims of an opened token against the API's policy, and takes away the scopes that its
    /// client is not granted any more.
    ///
    /// - Parameters:
    ///   - clients: for the client's number and scopes; whether it may at all is ``TokenStanding``'s question.
    ///   - now: Unix seconds.
    static func verify(
        _ opened: OpenedToken, for api: CompiledAPI, clients: [String: ClientEntry], now: Int64
    ) -> Result<VerifiedToken, Refusal> {
        var claims: CheckedClaims
        switch api.policy.check(opened.claims, now: now) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let checked): claims = checked
        }
        let client = clients[claims.clientID]
        claims.scope = client?.standing.narrowed(claims.scope, at: api.name) ?? ""
        var listed = IdentityHeaders.listedClaims(api.claims, of: opened.claims)
        if listed["scope"] != nil { listed["scope"] = claims.scope.isEmpty ? nil : .string(claims.scope) }
        let lines = api.forward == .claims ? IdentityHeaders.lines(for: claims, listed: listed) : []
        guard let lines else { return .failure(Refusal(.tokenInvalid, at: .forward, "claims-too-large")) }
        return .success(
            VerifiedToken(claims, opened: opened, api: api, client: client, lines: lines, listed: listed))
    }
}
