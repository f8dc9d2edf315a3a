@testable import HTTPEngine

/// A handler whose decisions are the test's, and which takes down what it is told.
final class RecordingHandler: ExchangeHandler {
    var decide: (borrowing RequestHead, ExchangeID) -> RequestDecision = { _, _ in
        .forward(Forwarding(upstream: UpstreamID(index: 0)))
    }
    var decideResponse: (borrowing ResponseHead) -> ResponseDecision = { _ in .forward() }
    var answer: (ExchangeFailure) -> ImmediateResponse? = { failure in
        ImmediateResponse(status: RecordingHandler.status(failure), body: Array("\(failure)".utf8))
    }
    var abort: (ExchangeID) -> Bool = { _ in false }
    var begun: [ExchangeID] = []
    var ended: [(ExchangeID, ExchangeOutcome)] = []
    var failures: [ExchangeFailure] = []
    var resumedWith: [any Sendable] = []

    func requestHead(_ head: borrowing RequestHead, exchange: ExchangeID) -> RequestDecision {
        begun.append(exchange)
        return decide(head, exchange)
    }

    func resumed(_ exchange: ExchangeID, head: borrowing RequestHead, result: any Sendable) -> RequestDecision {
        resumedWith.append(result)
        return decide(head, exchange)
    }

    func writeUpstreamHead(
        _ head: borrowing RequestHead, exchange: ExchangeID, framing: BodyFraming, into output: inout OutputBuffer
    ) {
        output.append(head.methodBytes)
        output.append(" " as StaticString)
        output.append(head.target)
        output.append(" HTTP/1.1\r\n" as StaticString)
        for index in 0..<head.fieldCount where head.isForwardable(at: index) && !head.isSignetField(at: index) {
            head.copyLine(at: index, into: &output)
        }
    }

    func responseHead(_ head: borrowing ResponseHead, exchange: ExchangeID) -> ResponseDecision {
        decideResponse(head)
    }

    func failure(_ failure: ExchangeFailure, exchange: ExchangeID) -> ImmediateResponse? {
        failures.append(failure)
        return answer(failure)
    }

    func exchangeEnded(_ outcome: borrowing ExchangeOutcome, exchange: ExchangeID) {
        ended.append((exchange, copy outcome))
    }

    func shouldAbort(_ exchange: ExchangeID) -> Bool { abort(exchange) }

    static func status(_ failure: ExchangeFailure) -> Int {
        switch failure {
        case .malformed: 400
        case .targetTooLong: 414
        case .headTooLarge: 431
        case .bodyTooLarge: 413
        case .requestTimeout: 408
        case .versionNotSupported: 505
        case .upstreamUnreachable, .upstreamBroken, .filterFailed: 502
        case .upstreamTimeout: 504
        case .overloaded, .parkedTooLong: 503
        case .aborted: 401
        }
    }
}

/// An exchange with sockets played by the test.
struct ExchangeHarness: ~Copyable {
    let handler: RecordingHandler
    var environment: LoopEnvironment
    var exchange: Exchange
    /// Everything the exchange asked for but waiting, in order.
    var actions: [Exchange.Action] = []
    /// What happens when an upstream is wanted: pooled, fresh, refused, or nothing yet.
    enum Connecting { case pooled, fresh, refused, later }
    var connecting = Connecting.fresh
    /// The upstream connection is there.
    var isConnected = false

    init(
        handler: RecordingHandler = RecordingHandler(), configuration: EngineConfiguration = EngineConfiguration()
    ) throws {
        self.handler = handler
        var configuration = configuration
        configuration.maxConnections = 4
        configuration = configuration.bounded
        let mailbox = try Mailbox(capacity: 16)
        let context = LoopContext(index: 0, maxConnections: 4, mailbox: mailbox)
        environment = LoopEnvironment(
            handler: handler, context: context, configuration: configuration,
            now: LoopTime(nanoseconds: 1_000_000_000, unixMilliseconds: 784_111_777_000))
        exchange = Exchange(index: 2, peer: PeerAddress(), environment: environment)
    }

    var phase: Exchange.Phase { exchange.phase }

    /// Runs until there is nothing to do but wait.
    mutating func run() {
        while exchange.phase != .closed {
            let action = exchange.advance(&environment)
            if action == .wait { return }
            actions.append(action)
            switch action {
            case .openUpstream(_, let fresh):
                switch connecting {
                case .pooled: open(reused: !fresh)
                case .fresh: open(reused: false)
                case .refused: exchange.upstreamFailed(.upstreamUnreachable, &environment)
                case .later: break
                }
            case .dropUpstream: isConnected = false
            case .wait, .linger, .close, .reset: break
            }
        }
    }

    mutating func open(reused: Bool) {
        isConnected = true
        exchange.upstreamOpened(reused: reused, &environment)
    }

    /// The client sends as much of the text as is wanted; returns how much that was.
    @discardableResult
    mutating func client(_ text: [UInt8]) -> Int {
        var rest = text[...]
        run()
        while !rest.isEmpty, exchange.wantsClientInput {
            rest = rest.dropFirst(exchange.input.fill(rest, from: &environment.pool))
            run()
        }
        return text.count - rest.count
    }

    /// The upstream sends as much of the text as is wanted; returns how much that was.
    @discardableResult
    mutating func upstream(_ text: [UInt8]) -> Int {
        var rest = text[...]
        run()
        while !rest.isEmpty, isConnected, exchange.wantsUpstreamInput {
            rest = rest.dropFirst(exchange.upstreamInput.fill(rest, from: &environment.pool))
            run()
        }
        return text.count - rest.count
    }

    mutating func client(_ text: String) { client(bytes(text)) }
    mutating func upstream(_ text: String) { upstream(bytes(text)) }

    /// What goes to the client; taking it lets the exchange go on.
    mutating func takeClientOutput(_ limit: Int = .max) -> String {
        var taken: [UInt8] = []
        while taken.count < limit, !exchange.output.isEmpty {
            taken += exchange.output.drain(limit - taken.count)
            exchange.clientTook(environment)
            run()
        }
        return taken.text
    }

    /// What goes to the upstream.
    mutating func takeUpstreamOutput(_ limit: Int = .max) -> String {
        var taken: [UInt8] = []
        while taken.count < limit, isConnected, !exchange.upstreamOutput.isEmpty {
            taken += exchange.upstreamOutput.drain(limit - taken.count)
            exchange.upstreamTook(environment)
            run()
        }
        return taken.text
    }

    mutating func upstreamEnds(broken: Bool = false) {
        exchange.upstreamFinished(broken: broken)
        run()
    }

    mutating func clientEnds() {
        exchange.clientFinished()
        run()
    }

    mutating func clientDies() {
        exchange.clientGone(&environment)
        run()
    }

    /// Time passes; a deadline that is met is told.
    mutating func pass(_ duration: Duration) {
        let nanoseconds = environment.now.nanoseconds + duration.nanoseconds
        environment.now = LoopTime(
            nanoseconds: nanoseconds, unixMilliseconds: environment.now.unixMilliseconds + nanoseconds / 1_000_000)
        if exchange.deadline <= nanoseconds, exchange.phase != .closed { exchange.timedOut(&environment) }
        run()
    }
}
