import HTTPEngine
import Monitoring

/// The object that the engine calls, around the ``GatewayLoop`` that decides. Used on its loop's thread only.
final class GatewayHandler: ExchangeHandler {
    private(set) var loop: GatewayLoop

    init(_ loop: GatewayLoop) {
        self.loop = loop
    }

    func loopWillProcess(now: LoopTime) { loop.loopWillProcess(now: now) }

    func requestHead(_ head: borrowing RequestHead, exchange: ExchangeID) -> RequestDecision {
        loop.requestHead(head, exchange: exchange)
    }

    func resumed(_ exchange: ExchangeID, head: borrowing RequestHead, result: any Sendable) -> RequestDecision {
        loop.resumed(exchange, head: head, result: result)
    }

    func writeUpstreamHead(
        _ head: borrowing RequestHead, exchange: ExchangeID, framing: BodyFraming, into output: inout OutputBuffer
    ) {
        loop.writeUpstreamHead(head, exchange: exchange, into: &output)
    }

    func responseHead(_ head: borrowing ResponseHead, exchange: ExchangeID) -> ResponseDecision { .forward() }

    func writeResponseFields(
        _ head: borrowing ResponseHead, exchange: ExchangeID, into output: inout OutputBuffer
    ) {
        loop.writeResponseFields(head, exchange: exchange, into: &output)
    }

    func failure(_ failure: ExchangeFailure, exchange: ExchangeID) -> ImmediateResponse? {
        loop.failure(failure, exchange: exchange)
    }

    func exchangeEnded(_ outcome: borrowing ExchangeOutcome, exchange: ExchangeID) {
        loop.exchangeEnded(outcome, exchange: exchange)
    }

    func shouldAbort(_ exchange: ExchangeID) -> Bool { loop.shouldAbort(exchange) }
}
