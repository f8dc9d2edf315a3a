import Dispatch
import KeyManagement
import Synchronization

/// Makes calls that block, in a few lanes with a thread each, of which the callers wait for a limited time.
///
/// A call that never returns keeps its lane, not its caller. When all lanes are kept, calls wait in a bounded queue until
/// their time is over.
final class BlockingCalls: Sendable {
    /// How many and how long.
    struct Limits: Sendable {
        /// Calls at once.
        var lanes = 8
        /// Calls that wait for a lane; beyond it a call is refused.
        var waiting = 512
        /// How long a caller waits, for a lane and for the answer.
        var patience: Duration = .seconds(8)
        /// How long closing waits for calls that are under way.
        var closing: Duration = .seconds(2)
    }

    private struct Job: Sendable {
        /// Whether somebody still waits for it.
        let isWanted: @Sendable () -> Bool
        let run: @Sendable (Int) -> Void
    }

    private struct State {
        var waiting: [Job] = []
        var idle: [Int]
        var isClosed = false
        /// What is to be done when no call is under way any more.
        var last: Job?
    }

    private let place: String
    private let limits: Limits
    private let lanes: [DispatchQueue]
    private let clock = DispatchQueue(label: "signet.key-provider.clock")
    private let state: Mutex<State>

    /// - Parameter place: what messages call the device.
    init(to place: String, limits: Limits = Limits()) {
        self.place = place
        self.limits = limits
        lanes = (0..<max(1, limits.lanes)).map { DispatchQueue(label: "signet.key-provider.\($0)") }
        state = Mutex(State(idle: Array(lanes.indices)))
    }

    /// Makes a call in one of the lanes, whose number it gets: no two calls are in a lane at once.
    ///
    /// - Parameter patience: how long the caller waits; nil: as the limits say.
    /// - Throws: what the call throws; `provider-unreachable` when it takes too long, `provider-throttled` when too many wait.
    func run<Answer: Sendable>(
        patience: Duration? = nil, _ body: @escaping @Sendable (Int) throws(ProviderError) -> Answer
    ) async throws(ProviderError) -> Answer {
        let patience = patience ?? limits.patience
        let result = await withCheckedContinuation { continuation in
            let ticket = Ticket<Answer>(continuation)
            let job = Job(isWanted: { ticket.isOpen }) { lane in
                do throws(ProviderError) {
                    ticket.resume(.success(try body(lane)))
                } catch {
                    ticket.resume(.failure(error))
                }
            }
            if let refusal = submit(job) { return ticket.resume(.failure(refusal)) }
            let late = ProviderError(
                .unreachable, "\(place) has not answered within \(patience); the call may hang in the module")
            // Once it is resumed a ticket holds nothing, so it may stay here until its time is over.
            clock.asyncAfter(deadline: .now() + .milliseconds(patience.milliseconds)) {
                ticket.resume(.failure(late))
            }
        }
        return try result.get()
    }

    /// Takes no more calls, makes a last one as soon as none is under way, and waits a little for it.
    func close(_ last: @escaping @Sendable () -> Void) async {
        _ = await withCheckedContinuation { (continuation: CheckedContinuation<Result<Void, ProviderError>, Never>) in
            let ticket = Ticket<Void>(continuation)
            let job = Job(isWanted: { true }) { _ in
                last()
                ticket.resume(.success(()))
            }
            let (isFirst, lane) = state.withLock { state -> (Bool, Int?) in
                guard !state.isClosed else { return (false, nil) }
                state.isClosed = true
                state.last = job
                return (true, state.idle.count == lanes.count ? state.idle.popLast() : nil)
            }
            guard isFirst else { return ticket.resume(.success(())) }
            if let lane { lanes[lane].async { [self] in work(lane) } }
            clock.asyncAfter(deadline: .now() + .milliseconds(limits.closing.milliseconds)) {
                ticket.resume(.success(()))
            }
        }
    }

    /// Nil when the job has its place.
    private func submit(_ job: Job) -> ProviderError? {
        let (refusal, lane) = state.withLock { state -> (ProviderError?, Int?) in
            if state.isClosed { return (ProviderError(.unreachable, "\(place) was closed"), nil) }
            state.waiting.removeAll { !$0.isWanted() }
            guard state.waiting.count < limits.waiting else {
                return (ProviderError(.throttled, "\(limits.waiting) calls to \(place) are waiting already"), nil)
            }
            state.waiting.append(job)
            return (nil, state.idle.popLast())
        }
        if let lane { lanes[lane].async { [self] in work(lane) } }
        return refusal
    }

    /// Makes calls until none waits.
    private func work(_ lane: Int) {
        while let job = next(for: lane) {
            if job.isWanted() { job.run(lane) }
        }
    }

    private func next(for lane: Int) -> Job? {
        state.withLock { state in
            if !state.waiting.isEmpty { return state.waiting.removeFirst() }
            if state.idle.count == lanes.count - 1, let last = state.last {
                state.last = nil
                return last
            }
            // Under the same lock as the look, so that no call can come in between and wait for nobody.
            state.idle.append(lane)
            return nil
        }
    }

    /// Gives a caller the first answer that comes.
    private final class Ticket<Answer: Sendable>: Sendable {
        private let continuation: Mutex<CheckedContinuation<Result<Answer, ProviderError>, Never>?>

        init(_ continuation: CheckedContinuation<Result<Answer, ProviderError>, Never>) {
            self.continuation = Mutex(continuation)
        }

        var isOpen: Bool { continuation.withLock { $0 != nil } }

        func resume(_ result: Result<Answer, ProviderError>) {
            let waiting = continuation.withLock { continuation in
                defer { continuation = nil }
                return continuation
            }
            waiting?.resume(returning: result)
        }
    }
}

extension Duration {
    /// In whole milliseconds, up to a day.
    fileprivate var milliseconds: Int {
        let parts = min(self, .seconds(86_400)).components
        return Int(clamping: parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000)
    }
}
