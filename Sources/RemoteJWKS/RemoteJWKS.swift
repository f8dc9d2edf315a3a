import Egress
public import JOSE
import Synchronization

/// The verification keys of a JWK set behind an https URL, by `kid`.
///
/// The set is fetched when it is first needed, kept as long as its publisher says within bounds, and renewed in the
/// background before it expires. However many tokens arrive at once, one fetch runs. A key that the publisher takes out
/// stops verifying with the next fetch; a `kid` that the set does not have brings about a fetch, but not more often than
/// the cooldown allows; a publisher that can't be reached is bridged for a bounded time.
///
/// ```swift
/// let keys = try RemoteJWKS(url: "https://issuer.example/jwks")
/// let key = try await keys.key(for: token)
/// let verified = try JWT.verify(token, key: key, policy: policy, now: now)
/// ```
public final class RemoteJWKS: Sendable {
    private struct State {
        var cache: KeyCache
        var flight: Task<Void, Never>?
        var isClosed = false
    }

    private let state: Mutex<State>
    private let fetcher: KeySetFetcher
    private let now: @Sendable () -> ContinuousClock.Instant

    /// The keys behind a URL. Nothing is fetched yet.
    /// - Throws: `url-invalid`, `configuration-invalid`; `destination-refused` if the URL's scheme or port is not
    ///   allowed.
    public convenience init(
        url: String, configuration: Configuration = Configuration()
    ) throws(RemoteJWKSError) {
        try self.init(url: url, configuration: configuration, now: { ContinuousClock.now })
    }

    /// The same with a clock of the caller's.
    package init(
        url: String, configuration: Configuration, now: @escaping @Sendable () -> ContinuousClock.Instant
    ) throws(RemoteJWKSError) {
        try configuration.check()
        fetcher = try KeySetFetcher(url: url, configuration: configuration)
        state = Mutex(State(cache: KeyCache(configuration)))
        self.now = now
    }

    /// The key of that name. Without a name, the set's only key, if that has no name either; keys are never tried.
    ///
    /// Waits for a fetch when there is no set yet, when it has expired, or when a name that it does not have allows
    /// one; at most for ``Configuration/timeout``.
    /// - Throws: `key-not-found`, `key-ambiguous`; any code for which ``RemoteJWKSError/isUnavailable`` holds.
    public func key(_ kid: String?) async throws(RemoteJWKSError) -> VerificationKey {
        var hasWaited = false
        while true {
            switch look(up: kid, hasWaited) {
            case .answer(let answer): return try answer.get()
            case .wait(let flight):
                await flight?.value
                hasWaited = true
            }
        }
    }

    /// The key that a compact JWS or JWT names in its header, which nothing has vouched for yet.
    /// - Throws: ``RemoteJWKSError`` as `key(_:)`; `JOSEError` if the header can't be read.
    public func key(for token: String) async throws -> VerificationKey {
        let header = try JWT.decodeUnverifiedHeader(token).unverifiedValue
        guard let kid = header["kid"] else { return try await key(nil as String?) }
        guard let name = kid.stringValue else { throw JOSEError(.headerInvalid, "expected kid to be a string") }
        return try await key(name)
    }

    /// What is known at the moment.
    public var status: Status {
        state.withLock { $0.cache.status(at: now()) }
    }

    /// Stops a fetch that runs. From here on every look-up throws `closed`.
    public func close() async {
        let flight = state.withLock { state in
            state.isClosed = true
            return state.flight
        }
        flight?.cancel()
        await flight?.value
    }

    private enum Step {
        case answer(Result<VerificationKey, RemoteJWKSError>)
        case wait(Task<Void, Never>?)
    }

    private func look(up kid: String?, _ hasWaited: Bool) -> Step {
        state.withLock { state in
            guard !state.isClosed else { return .answer(.failure(RemoteJWKSError(.closed, "the key set is closed"))) }
            let decision = state.cache.look(up: kid, at: now(), hasWaited: hasWaited)
            if let fetch = decision.fetch {
                // The one owner of the task is this state: it is stored before anybody else can look.
                state.flight = Task { await self.fetch(fetch) }
            }
            return decision.answer.map { .answer($0) } ?? .wait(state.flight)
        }
    }

    private func fetch(_ fetch: KeyCache.Fetch) async {
        let outcome = await fetcher.fetch(etag: fetch.etag)
        state.withLock { state in
            state.cache.end(outcome, at: now())
            state.flight = nil
        }
    }
}
