import JOSE
import Problems
import Resources

extension TokenGuard {
    /// Why a token does not stand against the snapshot; nil when it does.
    ///
    /// The answer depends on the token and the snapshot alone. So a token that stands against a snapshot stands for as
    /// long as that snapshot is the present one: the cache notes the snapshot's epoch and a hit under the same epoch asks
    /// only the time. Every revocation, rotation or change of a client publishes a snapshot with a new epoch, under which
    /// the next use asks everything again.
    static func refusal(_ token: VerifiedToken, api: CompiledAPI, snapshot: Snapshot) -> Refusal? {
        TokenStanding.fault(
            of: token.facts, at: api.standing, client: snapshot.clients[token.clientID]?.standing,
            revocations: snapshot.revocations
        ).map { Refusal($0) }
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

extension Refusal {
    /// What the client is told of a token that does not stand any more.
    init(_ fault: TokenStanding.Fault) {
        switch fault {
        case .audienceChanged: self.init(.audienceMismatch, at: .claims, "audience-mismatch")
        case .encryptionKeyNotAccepted: self.init(.tokenInvalid, at: .key, "encryption-key-not-usable")
        case .signingKeyNotAccepted: self.init(.tokenInvalid, at: .verify, "signing-key-not-usable")
        case .keyDamaged: self.init(.keysUnavailable, at: .key, "key-damaged")
        case .revoked(let kind): self.init(.tokenRevoked, at: .revocation, "revoked-\(kind.rawValue)")
        case .clientUnknown: self.init(.tokenRevoked, at: .client, "client-unknown")
        case .clientDisabled: self.init(.tokenRevoked, at: .client, "client-disabled")
        case .apiWithdrawn: self.init(.tokenRevoked, at: .client, "client-api-withdrawn")
        }
    }
}

/// Turns a request's credential into a ``VerifiedToken`` or a ``Refusal``; one per loop.
///
/// The order is fixed: the route gives the API, the API its rings, the token's `kid` the key in them; then decrypt,
/// verify, claims, and what may have changed since. A token is never tried against keys of another API.
struct TokenGuard {
    enum Outcome {
        /// The token may be used; how it was found is for the event, and its place, if it has one, for ``ForwardToken``.
        case passed(VerifiedToken, wasCached: Bool, place: Int?)
        case refused(Refusal)
        /// Opening is slow and must be done off the loop: with these octets.
        case mustPark(TokenDigest, TokenKeys.Workplace)
    }

    /// Places in it are good until the next token is judged.
    var cache: TokenCache

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
            if let refusal = Self.refusal(known, api: api, now: now) { return .refused(refusal) }
            var isCurrent = true
            if cache.checkedEpoch(at: slot) != snapshot.epoch {
                if let refusal = Self.refusal(known, api: api, snapshot: snapshot) { return .refused(refusal) }
                // What the client may do has changed: the token is read anew, and tells upstreams what it is worth now.
                isCurrent = known.granted == snapshot.clients[known.clientID]?.standing.scopes[api.name]
                if isCurrent { cache.setCheckedEpoch(snapshot.epoch, at: slot) }
            }
            if isCurrent {
                if let refusal = Self.scopeRefusal(known, route) { return .refused(refusal) }
                return .passed(known, wasCached: true, place: slot)
            }
        }
        switch BearerCredential.fault(in: token) {
        case .malformed(let reason): return .refused(Refusal(.requestMalformed, at: .credential, reason))
        case .invalid(let reason): return .refused(Refusal(.tokenInvalid, at: .credential, reason))
        case .missing, .token, nil: break
        }
        switch TokenOpener.openFast(token, keys: api.keys) {
        case .needsJob(let workplace): return .mustPark(digest, workplace)
        case .failed(let error): return .refused(TokenOpener.refusal(error))
        case .opened(let opened):
            return accept(opened, key: key, route: route, api: api, snapshot: snapshot, now: now)
        }
    }

    /// Goes on after ``TokenOpener`` has opened the token: claims, standing, scopes; keeps what is good.
    mutating func accept(
        _ opened: OpenedToken, key: TokenCache.Key, route: CompiledRoute, api: CompiledAPI, snapshot: Snapshot,
        now: Int64
    ) -> Outcome {
        switch VerifiedToken.verify(opened, for: api, clients: snapshot.clients, now: now) {
        case .failure(let refusal): return .refused(refusal)
        case .success(let token):
            if let refusal = Self.refusal(token, api: api, snapshot: snapshot) { return .refused(refusal) }
            let place = cache.insert(token, for: key, epoch: snapshot.epoch, now: now)
            if let refusal = Self.scopeRefusal(token, route) { return .refused(refusal) }
            return .passed(token, wasCached: false, place: place)
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
