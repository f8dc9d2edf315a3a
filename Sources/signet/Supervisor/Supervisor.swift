import CSupervisor
import Glibc

/// Opens the listeners, runs one worker on them, and starts it anew when it ends abnormally.
///
/// It stays on the main thread and has no other: the kernel ends the worker when the thread that started it ends.
struct Supervisor {
    private let listeners: [WorkerOrder.ListenerName: ListeningSockets]
    private var settings: Settings
    private let data: DataDirectory
    /// The data directory's and the store's.
    private let locks: [Int32]
    private let signals: Int32
    private let json: Bool
    private var state: SupervisorState
    private var worker: WorkerProcess?
    /// nil when the root key is opened in no time, or can't be kept safely: then each worker opens it.
    private var rootKey: KeptRootKey?
    private var isRootKeySealed = false
    /// Whether the sockets refuse connections until the next worker is started.
    private var isRefusing = false

    /// - Throws: ``CommandFailure`` 78 when an address or the data directory is taken.
    init(settings: Settings, configuration: ServerConfiguration, data: DataDirectory, json: Bool) throws {
        try SystemFailure.check("can't protect the process", signet_harden())
        // Whoever reads what the service says may go away; the service stays. Workers begin with the usual handling.
        signal(SIGPIPE, SIG_IGN)
        signals = try SystemFailure.check("can't watch signals", signet_signals())
        try data.prepare()
        self.data = data
        self.json = json
        self.settings = settings
        let lock = try data.lock()
        locks = [lock, try data.lockStore(at: configuration.databasePath ?? data.file("signet.db"))]
        data.removeDrafts()
        listeners = try Self.open(configuration)
        var limits = SupervisorState.Limits()
        limits.drain = (configuration.limits.drainSeconds + 10) * 1000
        state = SupervisorState(limits: limits)
        if configuration.isRootKeySlow { keepRootKey { try KeptRootKey() } }
    }

    /// Runs until the service is over, and answers the exit status.
    mutating func run() throws -> Int32 {
        // The process ends without ending the life of its values.
        defer { rootKey = nil }
        var action = SupervisorState.Action.startWorker
        while true {
            switch action {
            case .exit(let status): return status
            case .none: break
            case .startWorker:
                start()
                if worker == nil {
                    action = state.handle(.ended(.exited(ExitStatus.unavailable.rawValue)), at: Self.now())
                    continue
                }
            case .announce: announce()
            case .drainWorker:
                worker?.send(signal: SIGTERM)
                // The worker takes some milliseconds to stop accepting; until then an unusable socket would be an error to it.
                usleep(100_000)
                refuseConnections(of: [.gateway])
            case .killWorker: worker?.send(signal: SIGKILL)
            case .refuseConnections:
                isRefusing = true
                refuseConnections(of: WorkerOrder.ListenerName.allCases)
            }
            action = try nextAction()
        }
    }

    private static func open(
        _ configuration: ServerConfiguration
    ) throws -> [WorkerOrder.ListenerName: ListeningSockets] {
        let cores = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        var listeners: [WorkerOrder.ListenerName: ListeningSockets] = [
            .gateway: try ListeningSockets.open(configuration.gateway.address, count: cores, name: "gateway"),
            .control: try ListeningSockets.open(configuration.control.address, count: 1, name: "control"),
        ]
        if let admin = configuration.admin {
            listeners[.admin] = try ListeningSockets.open(admin.address, count: 1, name: "admin")
        }
        return listeners
    }

    /// Waits for the next thing to happen and asks the state machine what to do about it.
    private mutating func nextAction() throws -> SupervisorState.Action {
        while true {
            let wait = state.deadline.map { Int32(clamping: max(0, $0 - Self.now())) } ?? -1
            let ready = signet_wait(signals, worker?.readiness ?? -1, wait)
            try SystemFailure.check("poll", ready)
            if ready & 2 != 0, worker?.readReadiness() == true {
                sealRootKey()
                return state.handle(.ready, at: Self.now())
            }
            if ready & 1 != 0, let action = try signalAction() { return action }
            if ready == 0, let deadline = state.deadline, Self.now() >= deadline {
                return state.handle(.deadlinePassed, at: Self.now())
            }
        }
    }

    private mutating func signalAction() throws -> SupervisorState.Action? {
        switch try SystemFailure.check("signalfd", signet_next_signal(signals)) {
        case SIGTERM, SIGINT, SIGHUP:
            return state.handle(.stopRequested, at: Self.now())
        case SIGCHLD:
            guard let end = worker?.reap() else { return nil }
            worker?.closeReadiness()
            worker = nil
            let action = state.handle(.ended(end), at: Self.now())
            report(end, action)
            return action
        default: return nil
        }
    }

    /// Starts a worker. When the system can't, the state machine's next wait is the time to try again.
    private mutating func start() {
        if isRefusing { listenAgain() }
        let order = WorkerOrder(
            settings: settings, dataDirectory: data.path, listeners: listeners, readiness: -1,
            rootKey: rootKey?.descriptor, restarts: state.restarts)
        do {
            worker = try WorkerProcess.start(order: order, locks: locks)
        } catch {
            StandardStreams.complain("signet: \(error)")
        }
        _ = state.handle(.started, at: Self.now())
    }

    /// Makes what the first worker left read-only. Later workers need the configured secrets no more, so they are forgotten.
    private mutating func sealRootKey() {
        guard let kept = rootKey, !isRootKeySealed else { return }
        isRootKeySealed = true
        keepRootKey {
            guard kept.isFilled else { return nil }
            try kept.seal()
            return kept
        }
        guard rootKey != nil else { return }
        for path in ServerConfiguration.rootKeySecretPaths { settings[path] = nil }
    }

    /// Without locked memory the service runs all the same: its restarts take longer.
    private mutating func keepRootKey(_ keep: () throws -> KeptRootKey?) {
        do {
            rootKey = try keep()
        } catch {
            rootKey = nil
            StandardStreams.complain("signet: \(error); each worker will open the root key by itself")
        }
    }

    /// Closes sockets for everyone who shares them, so that new callers are refused and can go elsewhere, instead of
    /// waiting in a queue that nobody takes from.
    private func refuseConnections(of names: [WorkerOrder.ListenerName]) {
        for name in names {
            for descriptor in listeners[name]?.descriptors ?? [] { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    private mutating func listenAgain() {
        isRefusing = false
        for sockets in listeners.values {
            do { try sockets.listenAgain() } catch { StandardStreams.complain("signet: \(error)") }
        }
    }

    private func announce() {
        for name in WorkerOrder.ListenerName.allCases {
            guard let listener = listeners[name] else { continue }
            ReadyLine.print(name: name.rawValue, address: listener.address, json: json)
        }
    }

    private func report(_ end: SupervisorState.End, _ action: SupervisorState.Action) {
        let how =
            switch end {
            case .exited(let status): "exit status \(status)"
            case .killed(let signal): "signal \(signal)"
            }
        if state.isRestarting {
            let wait = state.deadline.map { max(0, $0 - Self.now()) } ?? 0
            StandardStreams.complain("signet: the worker ended by \(how); starting another in \(wait) ms")
        } else if action == .exit(ExitStatus.configuration.rawValue), state.restarts > 0 {
            StandardStreams.complain("signet: no worker can start any more, each ended by \(how); stopping")
        } else if action == .exit(ExitStatus.internalError.rawValue), end != .exited(ExitStatus.internalError.rawValue)
        {
            // A worker that found out by itself what is wrong has said so.
            StandardStreams.complain("signet: the worker ended by \(how) before its work was done; stopping")
        }
    }

    /// Monotonic milliseconds.
    private static func now() -> Int64 {
        var time = timespec()
        // The call writes the time during the call only.
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
