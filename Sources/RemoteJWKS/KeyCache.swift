import JOSE

/// What is remembered of a remote key set, and what is to be done about it: a state machine without clock, lock or
/// socket.
struct KeyCache {
    typealias Instant = ContinuousClock.Instant

    /// A fetch that is to be started now; ``end(_:at:)`` must follow.
    struct Fetch: Equatable {
        /// What the held set was marked with, if it was.
        let etag: String?
    }

    /// What a look-up leads to.
    struct Decision {
        /// The answer; nil when the caller has to wait for the fetch that runs, and look again.
        let answer: Result<VerificationKey, RemoteJWKSError>?
        /// A fetch to start.
        let fetch: Fetch?
    }

    private struct Held {
        let set: KeySet
        let etag: String?
        let renewAt: Instant
        let freshUntil: Instant
        let staleUntil: Instant
    }

    private let configuration: RemoteJWKS.Configuration
    private var held: Held?
    private var unknown: UnknownKeys
    private var budget: FetchBudget
    private var isFetching = false
    private var lastAttempt: Instant?
    private var failuresInARow = 0
    private var lastFailure: RemoteJWKSError?
    private var counts = RemoteJWKS.Status.Counts()

    init(_ configuration: RemoteJWKS.Configuration) {
        self.configuration = configuration
        unknown = UnknownKeys(limit: configuration.maximumUnknownKeys)
        budget = FetchBudget(perMinute: configuration.fetchesPerMinute)
    }

    /// Looks a key up.
    /// - Parameter hasWaited: whether a fetch has ended since the caller first asked: it does not wait twice.
    mutating func look(up kid: String?, at now: Instant, hasWaited: Bool) -> Decision {
        if let held, now >= held.staleUntil { self.held = nil }
        guard let held else { return waitOrAnswer(.failure(unavailable), now, hasWaited) }
        let isFresh = now < held.freshUntil
        guard let found = held.set.find(kid) else {
            return isFresh ? unknownKey(kid, now, hasWaited) : outdated(.failure(unavailable), now, hasWaited)
        }
        guard isFresh else { return outdated(found, now, hasWaited) }
        let isDue = now >= held.renewAt && !isFetching && mayFetch(now)
        return Decision(answer: found, fetch: isDue ? begin(now) : nil)
    }

    /// Notes how a fetch ended.
    mutating func end(_ outcome: Result<FetchedKeySet, RemoteJWKSError>, at now: Instant) {
        isFetching = false
        switch outcome {
        case .success(.set(let set, let etag, let lifetime)):
            hold(set, etag, lifetime, now)
        case .success(.notModified(let lifetime)):
            counts.notModified += 1
            guard let held else { return fail(RemoteJWKSError(.statusUnexpected, "304 for a set that is not held")) }
            hold(held.set, held.etag, lifetime, now)
        case .failure(let error):
            fail(error)
        }
    }

    func status(at now: Instant) -> RemoteJWKS.Status {
        RemoteJWKS.Status(
            keys: held.map { $0.set.count } ?? 0, passedOver: held?.set.passedOver ?? [],
            isFresh: held.map { now < $0.freshUntil } ?? false,
            isUsable: held.map { now < $0.staleUntil } ?? false, lastFailure: lastFailure, counts: counts)
    }
}

extension KeyCache {
    /// The set has expired: its answer counts only if there is no newer one to be had. Once that is known, callers are
    /// not made to wait for every further attempt.
    private mutating func outdated(
        _ answer: Result<VerificationKey, RemoteJWKSError>, _ now: Instant, _ hasWaited: Bool
    ) -> Decision {
        guard failuresInARow > 0 else { return waitOrAnswer(answer, now, hasWaited) }
        let isDue = !isFetching && mayFetch(now)
        return Decision(answer: answer, fetch: isDue ? begin(now) : nil)
    }

    private mutating func waitOrAnswer(
        _ answer: Result<VerificationKey, RemoteJWKSError>, _ now: Instant, _ hasWaited: Bool
    ) -> Decision {
        guard !hasWaited else { return Decision(answer: answer, fetch: nil) }
        guard !isFetching else { return Decision(answer: nil, fetch: nil) }
        guard mayFetch(now) else { return Decision(answer: answer, fetch: nil) }
        return Decision(answer: nil, fetch: begin(now))
    }

    /// A fresh set does not have the key. It may have been published a moment ago, or somebody makes names up.
    private mutating func unknownKey(_ kid: String?, _ now: Instant, _ hasWaited: Bool) -> Decision {
        let answer = Result<VerificationKey, RemoteJWKSError>.failure(
            RemoteJWKSError(.keyNotFound, "the key set has no key of that name"))
        let refusal = Decision(answer: answer, fetch: nil)
        if hasWaited {
            if failuresInARow == 0 { unknown.insert(kid, until: now + configuration.unknownKeyLifetime, now) }
            return refusal
        }
        guard KeySet.canBeName(kid), !unknown.contains(kid, now) else { return refusal }
        guard !isFetching else { return Decision(answer: nil, fetch: nil) }
        if let lastAttempt, now < lastAttempt + configuration.cooldown { return refusal }
        guard mayFetch(now) else { return refusal }
        return Decision(answer: nil, fetch: begin(now))
    }

    /// Whether another attempt is due: within the budget, and after failures later each time.
    private func mayFetch(_ now: Instant) -> Bool {
        guard budget.allows(now) else { return false }
        guard failuresInARow > 0, let lastAttempt else { return true }
        let pause = min(.seconds(1 << min(failuresInARow - 1, 12)), configuration.cooldown)
        return now >= lastAttempt + pause
    }

    private mutating func begin(_ now: Instant) -> Fetch {
        isFetching = true
        lastAttempt = now
        budget.spend(now)
        counts.fetches += 1
        return Fetch(etag: held?.etag)
    }

    private mutating func hold(_ set: KeySet, _ etag: String?, _ lifetime: Duration, _ now: Instant) {
        failuresInARow = 0
        lastFailure = nil
        let freshUntil = now + lifetime
        held = Held(
            set: set, etag: etag, renewAt: freshUntil - lifetime / 5, freshUntil: freshUntil,
            staleUntil: freshUntil + configuration.staleLifetime)
    }

    private mutating func fail(_ error: RemoteJWKSError) {
        failuresInARow += 1
        lastFailure = error
        counts.failures += 1
    }

    private var unavailable: RemoteJWKSError {
        lastFailure ?? RemoteJWKSError(.fetchLimited, "the key set may not be fetched again yet")
    }
}
