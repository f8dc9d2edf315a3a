import HTTPEngine

/// One request's wish to have a slow token opened.
struct TokenJob: Sendable {
    let token: [UInt8]
    /// What is opened once for all who wait: this token for this policy, with the keys of this snapshot.
    let flight: Flight
    let keys: TokenKeys
    let ticket: ResumeTicket
    /// The request is answered without it by then.
    let deadline: ContinuousClock.Instant
    let client: ClientNetwork

    /// Jobs with the same one have the same result.
    struct Flight: Hashable, Sendable {
        var key: TokenCache.Key
        /// The snapshot's: another one may hold other keys.
        var epoch: UInt64
    }
}
