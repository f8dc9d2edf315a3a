/// One finished exchange, as the gateway saw it. Fixed size and without references, so that writing one is a copy.
///
/// Names are numbers of a ``NameTable``. Times are in the units that their names say.
package struct UsageEvent: BitwiseCopyable, Sendable, Equatable {
    /// How the exchange ended.
    package enum Outcome: UInt8, BitwiseCopyable, Sendable, CaseIterable {
        /// The upstream's answer was passed on to its end.
        case forwarded
        /// The gateway refused or could not serve the request and answered itself.
        case refused
        /// The client went away first.
        case clientAborted = 2
        /// The upstream broke after its head was passed on; the client saw a reset.
        case upstreamAborted = 3
        /// A revocation, a drain or a sweep closed an open exchange.
        case closed = 4

        /// The value of the `outcome` label.
        package var label: String {
            switch self {
            case .forwarded: "forwarded"
            case .refused: "refused"
            case .clientAborted: "client-aborted"
            case .upstreamAborted: "upstream-aborted"
            case .closed: "closed"
            }
        }
    }

    /// What the token guard did.
    package enum Guard: UInt8, BitwiseCopyable, Sendable, CaseIterable {
        /// The route needs no token.
        case none
        /// The token was known and passed every check again.
        case cached
        /// The token was opened on the loop.
        case opened
        /// The token was opened on a job thread while the request was parked.
        case parked
        /// The guard refused.
        case refused

        /// The value of the `guard` label.
        package var label: String {
            switch self {
            case .none: "none"
            case .cached: "cached"
            case .opened: "opened"
            case .parked: "parked"
            case .refused: "refused"
            }
        }
    }

    /// When the request's head was complete, Unix time.
    package var atMilliseconds: Int64 = 0
    /// The request id that the upstream saw in `X-Request-Id`.
    package var requestID: RequestID = RequestID(high: 0, low: 0)
    package var api: UInt32 = 0
    package var route: UInt32 = 0
    package var client: UInt32 = 0
    package var upstream: UInt32 = 0
    /// The outside error code, a name of ``NameTable``; zero when the gateway made no error.
    package var problem: UInt32 = 0
    /// Status sent to the client; zero when none was.
    package var status: UInt16 = 0
    package var outcome: Outcome = .forwarded
    package var guarded: Guard = .none
    /// From the complete request head to the end of the exchange.
    package var totalMicroseconds: UInt32 = 0
    /// From the end of sending the request head upstream to the response head; zero when there was none.
    package var upstreamMicroseconds: UInt32 = 0
    /// Body bytes from and to the client.
    package var requestBytes: UInt64 = 0
    package var responseBytes: UInt64 = 0

    package init() {}
}
