import Dispatch
import HTTPEngine
import JOSE
import Synchronization

/// Opens slow tokens off the loops: a bounded queue before a few threads.
///
/// The bound is over all loops; a request that finds the queue full is told to come back, rather than wait behind work
/// that strangers can cause with nothing but a public key.
final class TokenJobs: Sendable {
    /// One token to open.
    struct Job: Sendable {
        let token: [UInt8]
        let key: TokenCache.Key
        let keys: TokenKeys
        let ticket: ResumeTicket
        /// Nobody waits after it.
        let deadline: ContinuousClock.Instant
    }

    /// What the loop gets back.
    struct Done: Sendable {
        let key: TokenCache.Key
        let opened: Result<OpenedToken, JOSEError>
    }

    /// What the loop gets back when there was no place.
    struct Rejected: Sendable {}

    private struct State {
        /// Jobs waiting or running.
        var taken = 0
        var turn = 0
    }

    private let limit: Int
    private let workers: [DispatchQueue]
    private let state = Mutex(State())
    private let open: @Sendable (Job) -> Result<OpenedToken, JOSEError>

    /// - Parameters:
    ///   - limit: jobs waiting or running at once.
    ///   - threads: how many run at once.
    ///   - open: the work; tests give their own.
    init(
        limit: Int, threads: Int,
        open: @escaping @Sendable (Job) -> Result<OpenedToken, JOSEError> = TokenJobs.open
    ) {
        self.limit = limit
        self.open = open
        workers = (0..<max(1, threads)).map { DispatchQueue(label: "signet.token-jobs.\($0)", qos: .userInitiated) }
    }

    /// Whether ``submit(_:)`` would turn a job away now.
    var isFull: Bool { state.withLock { $0.taken >= limit } }

    /// Queues the work and resumes the ticket when it is done, at once with ``Rejected`` when the queue is full. Past its
    /// deadline a job is only dropped: the engine has answered by then.
    func submit(_ job: Job) {
        let worker = state.withLock { state -> DispatchQueue? in
            guard state.taken < limit else { return nil }
            state.taken += 1
            state.turn = (state.turn + 1) % workers.count
            return workers[state.turn]
        }
        guard let worker else {
            job.ticket.resume(Rejected())
            return
        }
        worker.async { [self] in
            defer { state.withLock { $0.taken -= 1 } }
            guard ContinuousClock.now < job.deadline else { return }
            job.ticket.resume(Done(key: job.key, opened: open(job)))
        }
    }

    /// Jobs waiting or running now.
    var waiting: Int { state.withLock { $0.taken } }

    static let open: @Sendable (Job) -> Result<OpenedToken, JOSEError> = { job in
        do throws(JOSEError) {
            return .success(try TokenOpener.open(job.token.span, keys: job.keys))
        } catch {
            return .failure(error)
        }
    }
}
