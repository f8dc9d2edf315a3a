import Glibc

/// What the supervisor does about its worker: a pure state machine, driven by events and a monotonic clock.
struct SupervisorState: Sendable {
    /// How a worker ended.
    enum End: Hashable, Sendable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    enum Event: Hashable, Sendable {
        /// A worker process runs.
        case started
        /// The worker serves its listeners.
        case ready
        /// The worker is gone.
        case ended(End)
        /// Someone asked the service to stop.
        case stopRequested
        /// The time that ``deadline`` named has come.
        case deadlinePassed
    }

    enum Action: Hashable, Sendable {
        case none
        case startWorker
        /// The service is up for the first time: tell its addresses.
        case announce
        /// Ask the worker to finish its work and end.
        case drainWorker
        case killWorker
        /// No worker serves, nor did the last ones: whoever comes now should go elsewhere instead of waiting.
        case refuseConnections
        case exit(Int32)
    }

    /// The bounds, in milliseconds.
    struct Limits: Sendable, Hashable {
        /// From the killing of a worker until it is killed again: the kernel may take a while to end it.
        static let kill: Int64 = 1_000

        /// From the start of a worker until it serves.
        var start: Int64 = 60_000
        /// From the request to stop until the worker is killed. Longer than the worker's own limit.
        var drain: Int64 = 40_000
    }

    private enum Phase: Hashable, Sendable {
        case new
        case starting(until: Int64)
        case serving
        case resting(until: Int64)
        case draining(until: Int64)
        /// Killed at the second request to stop.
        case killing(until: Int64)
        case over
    }

    private let limits: Limits
    private var policy = RestartPolicy()
    private var phase = Phase.new
    private var wasReady = false
    /// The abnormal ends so far.
    private(set) var restarts: Int64 = 0

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// When ``Event/deadlinePassed`` is due, in monotonic milliseconds; nil when nothing is awaited.
    var deadline: Int64? {
        switch phase {
        case .starting(let time), .resting(let time), .draining(let time), .killing(let time): time
        case .new, .serving, .over: nil
        }
    }

    /// Whether a worker ended abnormally and the next is about to be started.
    var isRestarting: Bool { if case .resting = phase { true } else { false } }

    mutating func handle(_ event: Event, at now: Int64) -> Action {
        switch event {
        case .started:
            if case .draining = phase { return .drainWorker }
            if case .killing = phase { return .killWorker }
            phase = .starting(until: now + limits.start)
            return .none
        case .ready: return ready()
        case .ended(let end): return ended(end, at: now)
        case .stopRequested: return stop(at: now)
        case .deadlinePassed: return deadlinePassed(at: now)
        }
    }

    private mutating func ready() -> Action {
        guard case .starting = phase else { return .none }
        phase = .serving
        defer { wasReady = true }
        return wasReady ? .none : .announce
    }

    private mutating func ended(_ end: End, at now: Int64) -> Action {
        switch phase {
        case .draining:
            phase = .over
            // The request to stop may reach a worker before its handler for it stands: it has no work yet. One that was
            // killed in the end did not finish its work.
            return .exit(end == .exited(0) || end == .killed(signal: SIGTERM) ? 0 : ExitStatus.internalError.rawValue)
        case .killing:
            // Whoever asks twice wants it to end at once, and so it did.
            phase = .over
            return .exit(0)
        case .starting where !wasReady:
            // It can't start at all: trying again would only hide the reason, which it has printed.
            phase = .over
            guard case .exited(let status) = end, status != 0 else {
                return .exit(ExitStatus.internalError.rawValue)
            }
            return .exit(status)
        case .starting, .serving: return rest(after: end, at: now)
        case .new, .resting, .over: return .none
        }
    }

    private mutating func rest(after end: End, at now: Int64) -> Action {
        let served = phase == .serving
        restarts += 1
        let wait = policy.wait(afterEndAt: now, served: served)
        if end == .exited(ExitStatus.configuration.rawValue), policy.isHopeless {
            // It waits for somebody to mend something, who will notice a service that has ended.
            phase = .over
            return .exit(ExitStatus.configuration.rawValue)
        }
        phase = .resting(until: now + wait)
        if wait == 0 { return .startWorker }
        return served ? .none : .refuseConnections
    }

    private mutating func stop(at now: Int64) -> Action {
        switch phase {
        case .starting, .serving:
            phase = .draining(until: now + limits.drain)
            return .drainWorker
        case .draining, .killing:
            phase = .killing(until: now + Limits.kill)
            return .killWorker
        case .new, .resting:
            phase = .over
            return .exit(0)
        case .over: return .none
        }
    }

    private mutating func deadlinePassed(at now: Int64) -> Action {
        guard let deadline, now >= deadline else { return .none }
        switch phase {
        case .new, .serving, .over: return .none
        case .resting: return .startWorker
        // The end of the killed worker is the next event. A deadline that stayed in the past would spin until then.
        case .starting: phase = .starting(until: now + Limits.kill)
        case .draining: phase = .draining(until: now + Limits.kill)
        case .killing: phase = .killing(until: now + Limits.kill)
        }
        return .killWorker
    }
}
