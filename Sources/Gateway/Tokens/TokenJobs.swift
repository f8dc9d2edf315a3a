import Dispatch
import HTTPEngine
import JOSE
import Synchronization

/// Opens slow tokens off the loops: a few threads that share one bounded queue (``TokenJobQueue``).
final class TokenJobs: Sendable {
    /// What the loop gets back.
    struct Done: Sendable {
        let key: TokenCache.Key
        let opened: Result<OpenedToken, JOSEError>
    }

    /// What the loop gets back when there was no place.
    struct Rejected: Sendable {
        let fault: TokenJobQueue.Fault
    }

    private struct State {
        var queue: TokenJobQueue
        /// Threads without work, by their place in ``workers``.
        var idle: [Int]
    }

    private let workers: [DispatchQueue]
    private let state: Mutex<State>
    private let open: @Sendable (TokenJob) -> Result<OpenedToken, JOSEError>

    /// - Parameters:
    ///   - threads: how many tokens are opened at once; at least one.
    ///   - open: the work; tests give their own.
    init(
        limits: TokenJobQueue.Limits, threads: Int,
        open: @escaping @Sendable (TokenJob) -> Result<OpenedToken, JOSEError> = TokenJobs.open
    ) {
        let workers = (0..<max(1, threads)).map {
            DispatchQueue(label: "signet.token-jobs.\($0)", qos: .userInitiated)
        }
        self.workers = workers
        self.open = open
        state = Mutex(State(queue: TokenJobQueue(limits: limits), idle: Array(workers.indices)))
    }

    /// Queues the work and resumes the ticket when it is done, at once with ``Rejected`` when there is no place.
    func submit(_ job: TokenJob) {
        let (admission, worker) = state.withLock { state -> (TokenJobQueue.Admission, Int?) in
            let admission = state.queue.add(job)
            return (admission, admission == .queued ? state.idle.popLast() : nil)
        }
        if case .refused(let fault) = admission { job.ticket.resume(Rejected(fault: fault)) }
        if let worker { workers[worker].async { [self] in work(worker) } }
    }

    /// Tokens waiting or being opened now.
    var waiting: Int { state.withLock { $0.queue.count } }

    /// Opens tokens until none waits.
    private func work(_ worker: Int) {
        while let job = next(for: worker) {
            let done = Done(key: job.flight.key, opened: open(job))
            for ticket in state.withLock({ $0.queue.finish(job) }) { ticket.resume(done) }
        }
    }

    private func next(for worker: Int) -> TokenJob? {
        state.withLock { state in
            let job = state.queue.next(now: .now)
            // Under the same lock as the look, so that no job can come in between and wait for nobody.
            if job == nil { state.idle.append(worker) }
            return job
        }
    }

    static let open: @Sendable (TokenJob) -> Result<OpenedToken, JOSEError> = { job in
        do throws(JOSEError) {
            return .success(try TokenOpener.open(job.token.span, keys: job.keys))
        } catch {
            return .failure(error)
        }
    }
}
