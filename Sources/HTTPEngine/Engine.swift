import CEventLoop
import Synchronization

/// An HTTP/1.1 reverse proxy on its own event loops, one thread per listener.
package final class Engine: Sendable {
    private struct State {
        var mailboxes: [Mailbox] = []
        var statistics: [LoopStatistics] = []
        var running = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let configuration: EngineConfiguration
    private let upstreams: UpstreamDirectory
    private let listeners: [Int32]
    private let makeHandler: @Sendable (LoopContext) -> any ExchangeHandler
    private let state = Mutex(State())

    /// Takes listening, non-blocking SO_REUSEPORT descriptors, one per loop; they stay the caller's to close.
    ///
    /// `makeHandler` runs once per loop, on the loop's thread.
    package init(
        configuration: EngineConfiguration, upstreams: UpstreamDirectory, listeners: [Int32],
        makeHandler: @escaping @Sendable (LoopContext) -> any ExchangeHandler
    ) {
        self.configuration = configuration.bounded
        self.upstreams = upstreams
        self.listeners = listeners
        self.makeHandler = makeHandler
    }

    /// Starts the loops' threads. Once only.
    package func start() throws(EngineError) {
        reserveDescriptors()
        for (index, listener) in listeners.enumerated() {
            let mailbox = try Mailbox(capacity: configuration.maxParked + configuration.maxConnections)
            let poller = try Poller.makeDescriptor()
            let statistics = LoopStatistics()
            state.withLock { state in
                state.mailboxes.append(mailbox)
                state.statistics.append(statistics)
                state.running += 1
            }
            let context = LoopContext(index: index, maxConnections: configuration.maxConnections, mailbox: mailbox)
            let started = LoopThread.start { [self] in
                let environment = LoopEnvironment(
                    handler: makeHandler(context), context: context, configuration: configuration, now: .current)
                var loop = EventLoop(
                    poller: Poller(descriptor: poller), listener: listener, mailbox: mailbox, directory: upstreams,
                    statistics: statistics, environment: environment)
                loop.run()
                loopEnded()
            }
            guard started else {
                _ = el_close(poller)
                loopEnded()
                throw EngineError(call: "pthread_create", code: 0)
            }
        }
    }

    /// The usual soft limit of 1024 is far below what the configuration allows. Where the hard limit is too, a loop that
    /// runs out of descriptors says so by its answers.
    private func reserveDescriptors() {
        let perLoop = UInt64(configuration.maxConnections) + UInt64(configuration.maxUpstreamConnections)
        let (all, overflow) = perLoop.multipliedReportingOverflow(by: UInt64(listeners.count))
        let (wanted, overflowed) = all.addingReportingOverflow(Self.otherDescriptors)
        _ = el_reserve_descriptors(overflow || overflowed ? .max : wanted)
    }

    /// What the rest of the process may have open.
    private static let otherDescriptors: UInt64 = 1024

    /// Client connections open now, on all loops.
    package var openConnections: Int { state.withLock { $0.statistics.reduce(0) { $0 + $1.openConnections } } }

    /// Client connections accepted since the start, on all loops.
    package var totalConnections: Int { state.withLock { $0.statistics.reduce(0) { $0 + $1.totalConnections } } }

    /// Makes every loop ask its handler's `shouldAbort` for each open exchange, soon.
    package func requestSweep() { post(.sweep) }

    /// Stops accepting, closes idle connections, lets exchanges finish until `deadline` from now, then resets what is
    /// left. Returns when the loops have ended.
    package func drain(deadline: Duration) async {
        post(.drain(deadline: deadline))
        await ended()
    }

    /// Resets every connection and returns when the loops have ended.
    package func stop() async {
        post(.stop)
        await ended()
    }

    private func post(_ message: Mailbox.Message) {
        for mailbox in state.withLock({ $0.mailboxes }) { mailbox.post(message) }
    }

    private func ended() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.running > 0 { state.waiting.append(continuation) }
                return state.running == 0
            }
            if isOver { continuation.resume() }
        }
    }

    private func loopEnded() {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.running -= 1
            guard state.running == 0 else { return [] }
            let waiting = state.waiting
            state.waiting = []
            return waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

/// Why an engine could not start.
package struct EngineError: Error, Hashable, Sendable {
    /// The system call that failed.
    package let call: String
    /// Its errno.
    package let code: Int32
}
