import KeyManagement

/// Keeps credentials until shortly before they expire, and fetches others once for all who wait.
actor AWSCredentialCache {
    /// How long before their end credentials are replaced, in seconds.
    static let margin: Int64 = 300

    /// A result, and not an error thrown: Swift 6.3.1 makes wrong code of a closure that throws a typed error when it goes
    /// through an Optional.
    typealias Fetch = @Sendable () async -> Result<AWSCredentials, ProviderError>

    private let fetch: Fetch
    private let now: @Sendable () -> AWSTime
    private var current: AWSCredentials?
    /// What everybody waits for who needs others. It ends by itself: every source has its own bounds of time.
    private var flight: Task<Result<AWSCredentials, ProviderError>, Never>?

    init(now: @escaping @Sendable () -> AWSTime = { .now }, fetch: @escaping Fetch) {
        self.fetch = fetch
        self.now = now
    }

    /// - Parameter refused: credentials that AWS does not accept any more: any others will do.
    func credentials(insteadOf refused: AWSCredentials? = nil) async throws(ProviderError) -> AWSCredentials {
        if let current, current != refused, remaining(current) > Self.margin { return current }
        do throws(ProviderError) {
            return try await joinedFetch()
        } catch {
            // They are good until they end, though others can't be had at present.
            guard let current, current != refused, remaining(current) > 0 else { throw error }
            return current
        }
    }

    /// Stops what is under way.
    func close() {
        flight?.cancel()
        current = nil
    }

    private func joinedFetch() async throws(ProviderError) -> AWSCredentials {
        let task: Task<Result<AWSCredentials, ProviderError>, Never>
        if let flight {
            task = flight
        } else {
            task = Task { [fetch] in await fetch() }
            flight = task
        }
        let result = await task.value
        // The first who comes back clears it; a later flight is another.
        if flight == task { flight = nil }
        let fetched = try result.get()
        current = fetched
        return fetched
    }

    private func remaining(_ credentials: AWSCredentials) -> Int64 {
        credentials.expiration.map { $0.seconds - now().seconds } ?? .max
    }
}
