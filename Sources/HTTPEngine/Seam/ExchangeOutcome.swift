/// How an exchange ended, with its figures.
package struct ExchangeOutcome: Sendable {
    /// The ways an exchange ends.
    package enum Ending: Hashable, Sendable {
        /// The whole response was handed to the kernel.
        case completed
        /// The client closed or reset before that.
        case clientGone
        /// The upstream died after its head was passed on; the client was reset.
        case upstreamDied
        /// A timeout ran out after the response head was passed on; the client was reset.
        case timedOut
        /// `shouldAbort`, a filter, or the end of a drain cut it; the client was reset.
        case aborted
    }

    package var ending: Ending
    /// The status sent to the client; 0 when none was.
    package var status: Int
    /// The failure that was answered, if any.
    package var failure: ExchangeFailure?
    package var upstream: UpstreamID?
    /// Whether the upstream connection came from the pool.
    package var upstreamReused: Bool
    /// Tries on upstream connections.
    package var attempts: Int
    /// Nanoseconds of the monotonic clock: head complete, upstream's response head complete (0: none), end.
    package var startedAt: Int64
    package var respondedAt: Int64
    package var endedAt: Int64
    /// Octets of content, after transfer decoding and before filters.
    package var requestBodyBytes: Int64
    package var responseBodyBytes: Int64

    package init(ending: Ending, status: Int) {
        self.ending = ending
        self.status = status
        failure = nil
        upstream = nil
        upstreamReused = false
        attempts = 0
        startedAt = 0
        respondedAt = 0
        endedAt = 0
        requestBodyBytes = 0
        responseBodyBytes = 0
    }
}
