/// The judgement behind an engine: one object per event loop, called on that loop's thread only.
///
/// The engine owns mechanism (parsing, framing, hop-by-hop fields, connections, timeouts); the handler decides what
/// happens to each exchange. Its methods must not block: work that may is parked, see `RequestDecision.park`.
/// Heads are views into the connection's buffer and can't outlive the call.
package protocol ExchangeHandler: AnyObject {
    /// Called once per wake of the loop, before any event of that wake: the place to refresh a snapshot.
    func loopWillProcess(now: LoopTime)

    /// A request head that passed the engine's checks (RFC 9112, limits). Exactly one `exchangeEnded` follows.
    func requestHead(_ head: borrowing RequestHead, exchange: ExchangeID) -> RequestDecision

    /// A parked exchange was resumed by its ticket. Never called after the deadline, nor for an exchange that ended.
    func resumed(
        _ exchange: ExchangeID, head: borrowing RequestHead, result: any Sendable
    ) -> RequestDecision

    /// Writes the request line, `Host` and every end-to-end field, each line ended by CRLF.
    ///
    /// The engine has reserved the framing: it appends `Content-Length`, `Transfer-Encoding` and `Connection` as needed
    /// and the empty line. Writing any field for which `RequestHead.isForwardable` is false is a bug.
    func writeUpstreamHead(
        _ head: borrowing RequestHead, exchange: ExchangeID, framing: BodyFraming, into output: inout OutputBuffer
    )

    /// A final response head (never 1xx) from the upstream.
    func responseHead(_ head: borrowing ResponseHead, exchange: ExchangeID) -> ResponseDecision

    /// Writes the end-to-end fields of the response, each line ended by CRLF; the engine writes the status line before
    /// and the framing after them. The default copies what the upstream sent, hop-by-hop fields left out.
    func writeResponseFields(
        _ head: borrowing ResponseHead, exchange: ExchangeID, into output: inout OutputBuffer
    )

    /// The exchange failed before its response head was written. Returns the answer; nil resets the connection.
    ///
    /// Also called for heads that never reached `requestHead` (malformed, too large): `exchangeEnded` follows here too.
    func failure(_ failure: ExchangeFailure, exchange: ExchangeID) -> ImmediateResponse?

    /// The exchange is over; its index is reused afterwards.
    func exchangeEnded(_ outcome: borrowing ExchangeOutcome, exchange: ExchangeID)

    /// Asked for every open exchange after `Engine.requestSweep()`; true resets it (or fails it, when no response head
    /// was written, with `ExchangeFailure.aborted`).
    func shouldAbort(_ exchange: ExchangeID) -> Bool
}

extension ExchangeHandler {
    package func loopWillProcess(now: LoopTime) {}

    package func writeResponseFields(
        _ head: borrowing ResponseHead, exchange: ExchangeID, into output: inout OutputBuffer
    ) {
        head.copyForwardableFields(into: &output)
    }

    package func shouldAbort(_ exchange: ExchangeID) -> Bool { false }
}
