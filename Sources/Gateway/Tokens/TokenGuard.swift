import JOSE
import Problems
import Resources

/// What may have changed since a token was verified: asked on every use.
///
/// The answers depend on the token and the snapshot alone, except for time. So a token that stands against a snapshot
/// stands for as long as that snapshot is the present one: the cache notes the snapshot's epoch and a hit under the
/// same epoch asks only the time. Every revocation, rotation or change of a client publishes a snapshot with a new
/// epoch, under which the next use asks everything again.
enum TokenStanding {
    /// Why the token does not stand against the snapshot; nil when it does.
    static func refusal(_ token: VerifiedToken, api: CompiledAPI, snapshot: Snapshot) -> Refusal? {
        guard api.keys.decryption[token.encryptionKeyID] != nil else {
            return Refusal(.tokenInvalid, at: .key, "encryption-key-not-usable")
        }
        guard api.keys.verification[token.signingKeyID] != nil else {
            return Refusal(.tokenInvalid, at: .verify, "signing-key-not-usable")
        }
        if !snapshot.revocations.isEmpty,
            let kind = snapshot.revocations.hit(
                jti: token.jwtID, family: token.family, subject: token.subject, client: token.clientID, api: api.name,
                signingKeyID: token.signingKeyID, encryptionKeyID: token.encryptionKeyID, issuedAt: token.issuedAt)
        {
            return Refusal(.tokenRevoked, at: .revocation, "revoked-\(kind.rawValue)")
        }
        guard let client = snapshot.clients[token.clientID] else {
            return Refusal(.tokenRevoked, at: .client, "client-unknown")
        }
        guard !client.isDisabled else { return Refusal(.tokenRevoked, at: .client, "client-disabled") }
        guard client.apis.contains(api.name) else { return Refusal(.tokenRevoked, at: .client, "client-api-withdrawn") }
        return nil
    }

    /// Why the token can't be used at this time; nil when it can.
    @inline(__always)
    static func refusal(_ token: VerifiedToken, api: CompiledAPI, now: Int64) -> Refusal? {
        if let refusal = TokenAcceptance.expiry(token.expiresAt, leeway: api.policy.leeway, now: now) {
            return refusal
        }
        if let notBefore = token.notBefore,
            !TokenAcceptance.hasBegun(notBefore, leeway: api.policy.leeway, now: now)
        {
            return Refusal(.tokenExpired, at: .lifetime, "token-not-yet-valid")
        }
        return nil
    }
}

/// Turns a request's credential into a ``VerifiedToken`` or a ``Refusal``; one per loop.
///
/// The order is fixed: the route gives the API, the API its rings, the token's `kid` the key in them; then decrypt,
/// verify, claims, and what may have changed since. A token is never tried against keys of another API.
struct TokenGuard {
    enum Outcome {
        /// The token may be used; how it was found is for the event.
        case passed(VerifiedToken, wasCached: Bool)
        case refused(Refusal)
        /// Opening is slow and must be done off the loop: with these octets.
        case mustPark(TokenDigest)
    }

    private var cache: TokenCache

    init(cache: TokenCache) {
        self.cache = cache
    }

    /// Tokens kept now.
    var cachedTokens: Int { cache.count }

    /// Judges a token for a route.
    ///
    /// - Parameter now: Unix seconds.
    mutating func check(
        _ token: Span<UInt8>, route: CompiledRoute, api: CompiledAPI, snapshot: Snapshot, now: Int64
    ) -> Outcome {
        let digest = TokenDigest(of: token)
        let key = TokenCache.Key(digest: digest, policyID: api.policyID)
        if let slot = cache.find(key), let known = cache.token(at: slot) {
            if let refusal = TokenStanding.refusal(known, api: api, now: now) { return .refused(refusal) }
            if cache.checkedEpoch(at: slot) != snapshot.epoch {
                if let refusal = TokenStanding.refusal(known, api: api, snapshot: snapshot) { return .refused(refusal) }
                cache.setCheckedEpoch(snapshot.epoch, at: slot)
            }
            if let refusal = Self.scopeRefusal(known, route) { return .refused(refusal) }
            return .passed(known, wasCached: true)
        }
        switch BearerCredential.fault(in: token) {
        case .malformed(let reason): return .refused(Refusal(.requestMalformed, at: .credential, reason))
        case .invalid(let reason): return .refused(Refusal(.tokenInvalid, at: .credential, reason))
        case .missing, .token, nil: break
        }
        if api.keys.isSlow { return .mustPark(digest) }
        let opened: OpenedToken
        do {
            opened = try TokenOpener.open(token, keys: api.keys)
        } catch {
            return .refused(TokenOpener.refusal(error))
        }
        return accept(opened, key: key, route: route, api: api, snapshot: snapshot, now: now)
    }

    /// Goes on after ``TokenOpener`` has opened the token: claims, standing, scopes; keeps what is good.
    mutating func accept(
        _ opened: OpenedToken, key: TokenCache.Key, route: CompiledRoute, api: CompiledAPI, snapshot: Snapshot,
        now: Int64
    ) -> Outcome {
        switch VerifiedToken.verify(opened, for: api, clients: snapshot.clients, now: now) {
        case .failure(let refusal): return .refused(refusal)
        case .success(let token):
            if let refusal = TokenStanding.refusal(token, api: api, snapshot: snapshot) { return .refused(refusal) }
            cache.insert(token, for: key, epoch: snapshot.epoch, now: now)
            if let refusal = Self.scopeRefusal(token, route) { return .refused(refusal) }
            return .passed(token, wasCached: false)
        }
    }

    @inline(__always)
    private static func scopeRefusal(_ token: VerifiedToken, _ route: CompiledRoute) -> Refusal? {
        guard let required = route.requiredScopes, token.scopes.isSuperset(of: required) else {
            return Refusal(.scopeInsufficient, at: .scope, "scope-insufficient", detail: "needs \(route.scopeText)")
        }
        return nil
    }
}
