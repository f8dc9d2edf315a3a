import Glibc
import Synchronization

@testable import HTTPEngine

/// What a test's engine does for a path, and what its handlers saw; shared with the loops' threads.
final class EngineLog: Sendable {
    struct Seen {
        var endings: [ExchangeOutcome.Ending] = []
        var failures: [ExchangeFailure] = []
        var reused = 0
    }
    let seen = Mutex(Seen())
    let aborts = Atomic<Bool>(false)

    func wait(for count: Int) async throws {
        for _ in 0..<1000 where seen.withLock({ $0.endings.count }) < count {
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

/// Passes a body on a few octets at a time, each time only after a wake-up from another thread.
struct NappingFilter: BodyFilter {
    let waker: ExchangeWaker
    var isRested = false

    mutating func process(_ input: Span<UInt8>, end: Bool, into output: inout OutputBuffer) -> FilterProgress {
        guard isRested || input.isEmpty else {
            isRested = true
            let waker = self.waker
            _ = LoopThread.start {
                usleep(2000)
                waker.wake()
            }
            return FilterProgress(consumed: 0, state: .suspended)
        }
        isRested = false
        let count = min(input.count, 1000, output.room)
        output.append(input.extracting(first: count))
        if end, count == input.count { return FilterProgress(consumed: count, state: .finished) }
        return FilterProgress(consumed: count, state: .needsInput)
    }
}

final class PathHandler: ExchangeHandler {
    private let log: EngineLog
    private let upstream: UpstreamID
    private let other: UpstreamID?
    private let context: LoopContext
    private let timeouts: ExchangeTimeouts

    init(log: EngineLog, upstream: UpstreamID, other: UpstreamID?, context: LoopContext, timeouts: ExchangeTimeouts) {
        self.log = log
        self.upstream = upstream
        self.other = other
        self.context = context
        self.timeouts = timeouts
    }

    private var forward: Forwarding { Forwarding(upstream: upstream, timeouts: timeouts) }

    func requestHead(_ head: borrowing RequestHead, exchange: ExchangeID) -> RequestDecision {
        switch head.path.text {
        case "/park":
            return .park(deadline: .seconds(5)) { ticket in
                _ = LoopThread.start {
                    usleep(20_000)
                    ticket.resume(true)
                    ticket.resume(false)
                }
            }
        case "/park-for-ever": return .park(deadline: .milliseconds(100)) { _ in }
        case "/nap":
            var napping = forward
            napping.requestFilters = [NappingFilter(waker: context.waker(for: exchange))]
            return .forward(napping)
        case "/block":
            usleep(100_000)
            return .respond(ImmediateResponse(status: 204))
        case "/large": return .respond(ImmediateResponse(status: 403, body: makeBody(24_000)))
        case "/other":
            var elsewhere = forward
            if let other { elsewhere.upstream = other }
            return .forward(elsewhere)
        case "/teapot": return .respond(ImmediateResponse(status: 418, body: Array("short".utf8)))
        default: return .forward(forward)
        }
    }

    func resumed(_ exchange: ExchangeID, head: borrowing RequestHead, result: any Sendable) -> RequestDecision {
        result as? Bool == true ? .forward(forward) : .respond(ImmediateResponse(status: 500))
    }

    func writeUpstreamHead(
        _ head: borrowing RequestHead, exchange: ExchangeID, framing: BodyFraming, into output: inout OutputBuffer
    ) {
        output.append(head.methodBytes)
        output.append(" " as StaticString)
        output.append(head.target)
        output.append(" HTTP/1.1\r\n" as StaticString)
        for index in 0..<head.fieldCount where head.isForwardable(at: index) { head.copyLine(at: index, into: &output) }
    }

    func responseHead(_ head: borrowing ResponseHead, exchange: ExchangeID) -> ResponseDecision {
        for index in 0..<head.fieldCount where head.name(at: index).text == "X-Nap" {
            return .forward(filters: [NappingFilter(waker: context.waker(for: exchange))])
        }
        return .forward()
    }

    func failure(_ failure: ExchangeFailure, exchange: ExchangeID) -> ImmediateResponse? {
        log.seen.withLock { $0.failures.append(failure) }
        return ImmediateResponse(status: RecordingHandler.status(failure))
    }

    func exchangeEnded(_ outcome: borrowing ExchangeOutcome, exchange: ExchangeID) {
        let (ending, reused) = (outcome.ending, outcome.upstreamReused)
        log.seen.withLock { seen in
            seen.endings.append(ending)
            if reused { seen.reused += 1 }
        }
    }

    func shouldAbort(_ exchange: ExchangeID) -> Bool { log.aborts.load(ordering: .relaxed) }
}

/// An engine with one loop before an upstream, on the loopback.
final class TestEngine: Sendable {
    let port: UInt16
    let engine: Engine
    let log = EngineLog()
    private let listener: Int32

    init(
        upstream: UpstreamAddress, other: UpstreamAddress? = nil, timeouts: ExchangeTimeouts = ExchangeTimeouts(),
        directory: UpstreamDirectory = UpstreamDirectory(), configure: (inout EngineConfiguration) -> Void = { _ in }
    ) throws {
        var configuration = EngineConfiguration()
        configure(&configuration)
        let (descriptor, port) = TestSocket.listener(blocking: false)
        listener = descriptor
        self.port = port
        let identifier = directory.identifier(for: upstream)
        let another = other.map(directory.identifier(for:))
        engine = Engine(configuration: configuration, upstreams: directory, listeners: [descriptor]) { [log] context in
            PathHandler(log: log, upstream: identifier, other: another, context: context, timeouts: timeouts)
        }
        try engine.start()
    }

    convenience init(
        _ upstream: TestUpstream, timeouts: ExchangeTimeouts = ExchangeTimeouts(),
        configure: (inout EngineConfiguration) -> Void = { _ in }
    ) throws {
        let address = UpstreamAddress(host: "127.0.0.1", port: upstream.port)
        try self.init(upstream: address, timeouts: timeouts, configure: configure)
    }

    deinit { close(listener) }

    func client(receiveBuffer: Int32? = nil) -> TestSocket { TestSocket(port: port, receiveBuffer: receiveBuffer) }
}
