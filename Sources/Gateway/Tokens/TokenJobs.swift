import Dispatch
import HTTPEngine
import JOSE
import Synchronization

/// Opens slow tokens off the loops, a few at once, from one bounded queue (``TokenJobQueue``).
final class TokenJobs: Sendable {
    /// What the loop gets back.
    struct Done: Sendable {
        let key: TokenCache.Key
        let opened: Result<OpenedToken, TokenOpener.Failure>
    }

    /// What the loop gets back when there was no place.
    struct Rejected: Sendable {
        let fault: TokenJobQueue.Fault
    }

    /// Opens a token and hands over what came of it, at once or later.
    typealias Opening =
        @Sendable (TokenJob, @escaping @Sendable (Result<OpenedToken, TokenOpener.Failure>) -> Void) -> Void

    private struct State {
        var queue: TokenJobQueue
        /// Lanes without work, by their place in ``lanes``.
        var idle: [Int]
    }

    private let lanes: [DispatchQueue]
    private let state: Mutex<State>
    private let open: Opening
    /// Keeps what was opened, where that is dear.
    private let opened: OpenedTokens?

    /// - Parameters:
    ///   - lanes: how many tokens are opened at once; at least one. A lane has a thread while it works itself.
    ///   - opened: keeps what was opened for all loops; nil: each loop's own cache is enough.
    ///   - open: the work: ``onThread`` or ``byDevice``; tests give their own.
    init(limits: TokenJobQueue.Limits, lanes count: Int, opened: OpenedTokens? = nil, open: @escaping Opening) {
        self.opened = opened
        lanes = (0..<max(1, count)).map { DispatchQueue(label: "signet.token-jobs.\($0)", qos: .userInitiated) }
        self.open = open
        state = Mutex(State(queue: TokenJobQueue(limits: limits), idle: Array(lanes.indices)))
    }

    /// Queues the work and resumes the ticket when it is done, at once with ``Rejected`` when there is no place.
    func submit(_ job: TokenJob) {
        if let known = opened?.token(job.flight.key) {
            return job.ticket.resume(Done(key: job.flight.key, opened: .success(known)))
        }
        let (admission, lane) = state.withLock { state -> (TokenJobQueue.Admission, Int?) in
            let admission = state.queue.add(job)
            return (admission, admission == .queued ? state.idle.popLast() : nil)
        }
        if case .refused(let fault) = admission { job.ticket.resume(Rejected(fault: fault)) }
        if let lane { work(in: lane) }
    }

    /// Tokens waiting or being opened now.
    var waiting: Int { state.withLock { $0.queue.count } }

    /// Opens tokens until none waits.
    private func work(in lane: Int) {
        lanes[lane].async { [self] in
            guard let job = next(for: lane) else { return }
            open(job) { [self] result in
                if case .success(let token) = result { opened?.insert(token, for: job.flight.key) }
                let done = Done(key: job.flight.key, opened: result)
                for ticket in state.withLock({ $0.queue.finish(job) }) { ticket.resume(done) }
                work(in: lane)
            }
        }
    }

    private func next(for lane: Int) -> TokenJob? {
        state.withLock { state in
            let job = state.queue.next(now: .now)
            // Under the same lock as the look, so that no job can come in between and wait for nobody.
            if job == nil { state.idle.append(lane) }
            return job
        }
    }

    /// Opens on the lane's thread, with keys that are here.
    static let onThread: Opening = { job, done in
        do throws(TokenOpener.Failure) {
            done(.success(try TokenOpener.open(job.token.span, keys: job.keys)))
        } catch {
            done(.failure(error))
        }
    }

    /// Asks the device that has the key; no thread waits for it.
    static let byDevice: Opening = { job, done in
        Task { done(await TokenOpener.openByDevice(job.token, keys: job.keys)) }
    }
}
