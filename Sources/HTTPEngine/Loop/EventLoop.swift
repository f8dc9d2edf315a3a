import CEventLoop

/// One thread's share of the engine: its listener, its client connections, its upstream connections. A thin shell that
/// moves octets between sockets and `Exchange`s and does what these ask for.
///
/// A value owned by its thread, so that nothing here needs a lock, a reference count or an exclusivity check.
struct EventLoop: ~Copyable {
    /// Turns of one connection before others get theirs.
    static let maxTurns = 16
    static let acceptBatch = 64
    /// How long no connection is accepted after the system ran out of something.
    static let acceptPause = Duration.milliseconds(100)

    let poller: Poller
    let listener: Int32
    let mailbox: Mailbox
    let directory: UpstreamDirectory
    let statistics: LoopStatistics
    var environment: LoopEnvironment
    var clients: Slab<ClientConnection>
    var upstreams: Slab<UpstreamConnection>
    var pool: UpstreamPool
    var timers: TimerWheel
    var serial: UInt32 = 0
    /// Connections with more to do at once, which gave way to others.
    var queued: [EventToken] = []
    /// Exchanges that wait for a name to be looked up.
    var resolving: [(client: EventToken, upstream: UpstreamID)] = []
    /// Per upstream, which of its addresses to try first: the one after the last that failed.
    var firstAddresses: [Int] = []
    var isAccepting = false
    /// When to accept again after the system ran out of something.
    var acceptResumesAt = Int64.max
    var isStopped = false
    var drainDeadline = Int64.max
    private var expired: [Int] = []

    init(
        poller: consuming Poller, listener: Int32, mailbox: Mailbox, directory: UpstreamDirectory,
        statistics: LoopStatistics, environment: consuming LoopEnvironment
    ) {
        let configuration = environment.configuration
        self.poller = poller
        self.listener = listener
        self.mailbox = mailbox
        self.directory = directory
        self.statistics = statistics
        clients = Slab(capacity: configuration.maxConnections)
        upstreams = Slab(capacity: configuration.maxUpstreamConnections)
        pool = UpstreamPool(
            capacity: configuration.maxUpstreamConnections, maxIdle: configuration.maxIdlePerUpstream)
        timers = TimerWheel(
            capacity: configuration.maxConnections + configuration.maxUpstreamConnections,
            now: environment.now.nanoseconds)
        self.environment = environment
    }

    /// Runs until stopped or drained.
    mutating func run() {
        _ = poller.addLevel(mailbox.descriptor, token: EventToken(.mailbox).packed)
        startAccepting()
        while !isStopped {
            let count = poller.wait(timeout: timeout)
            environment.now = .current
            environment.handler.loopWillProcess(now: environment.now)
            for index in 0..<count { dispatch(poller.event(index)) }
            runQueued()
            runTimers()
            if environment.now.nanoseconds >= acceptResumesAt { startAccepting() }
            if environment.isDraining { checkDrain() }
        }
        for index in 0..<clients.bound where clients.contains(index) { abandon(index) }
    }

    private var timeout: Int {
        if !queued.isEmpty { return 0 }
        let next = timers.timeout(now: environment.now.nanoseconds) ?? -1
        let due = min(drainDeadline, acceptResumesAt)
        guard due != .max else { return next }
        let rest = Int(clamping: max(0, (due - environment.now.nanoseconds) / 1_000_000 + 1))
        return next < 0 ? rest : min(next, rest)
    }

    private mutating func dispatch(_ event: ReadyEvent) {
        guard let token = EventToken(packed: event.token) else { return }
        switch token.kind {
        case .listener: accept()
        case .mailbox: for message in mailbox.take() { receive(message) }
        case .client: clientReady(token, event)
        case .upstream: upstreamReady(token, event)
        }
    }

    private mutating func clientReady(_ token: EventToken, _ event: ReadyEvent) {
        let index = token.index
        guard clients.contains(index), clients[index].serial == token.serial else { return }
        if event.isReadable { clients[index].isReadable = true }
        if event.isWritable { clients[index].isWritable = true }
        if event.isHalfClosed { clients[index].isHalfClosed = true }
        if event.isGone { clients[index].exchange.clientHungUp(&environment) }
        drive(index)
    }

    private mutating func upstreamReady(_ token: EventToken, _ event: ReadyEvent) {
        let index = token.index
        guard upstreams.contains(index), upstreams[index].serial == token.serial else { return }
        // Also while connecting: octets or an end that come with the connection are reported once, with it.
        if event.isReadable { upstreams[index].isReadable = true }
        if event.isWritable { upstreams[index].isWritable = true }
        if event.isHalfClosed || event.isGone { upstreams[index].isHalfClosed = true }
        switch upstreams[index].state {
        case .connecting:
            if event.isWritable || event.isGone { connected(index) }
        case .used: drive(upstreams[index].client)
        case .idle:
            // An idle connection has nothing to say but its end; octets nobody asked for are no better.
            if event.isReadable || event.isGone { closeUpstream(index) }
        }
    }

    /// Connections that gave way; those that give way again wait for the next wake.
    private mutating func runQueued() {
        guard !queued.isEmpty else { return }
        let batch = queued
        queued.removeAll(keepingCapacity: true)
        for token in batch where clients.contains(token.index) && clients[token.index].serial == token.serial {
            clients[token.index].isQueued = false
            drive(token.index)
        }
    }

    private mutating func runTimers() {
        expired.removeAll(keepingCapacity: true)
        timers.advance(to: environment.now.nanoseconds, expired: &expired)
        for entry in expired {
            if entry < clients.capacity {
                clientTimedOut(entry)
            } else {
                upstreamTimedOut(entry - clients.capacity)
            }
        }
    }

    private mutating func clientTimedOut(_ index: Int) {
        guard clients.contains(index) else { return }
        if clients[index].exchange.deadline <= environment.now.nanoseconds {
            clients[index].exchange.timedOut(&environment)
        }
        drive(index)
    }

    private mutating func receive(_ message: Mailbox.Message) {
        switch message {
        case .resume(let exchange, let parking, let result):
            guard clients.contains(exchange.index) else { return }
            clients[exchange.index].exchange.resume(exchange, parking: parking, result: result, &environment)
            drive(exchange.index)
        case .wake(let exchange):
            guard clients.contains(exchange.index) else { return }
            clients[exchange.index].exchange.wake(exchange)
            drive(exchange.index)
        case .resolved(let upstream): resolved(upstream)
        case .sweep: sweep()
        case .drain(let deadline): drain(deadline)
        case .stop: isStopped = true
        }
    }

    private mutating func sweep() {
        for index in 0..<clients.bound where clients.contains(index) && clients[index].exchange.isOpen {
            guard environment.handler.shouldAbort(clients[index].exchange.id) else { continue }
            clients[index].exchange.abort(&environment)
            drive(index)
        }
    }

    private mutating func drain(_ deadline: Duration) {
        environment.isDraining = true
        drainDeadline = environment.deadline(in: deadline)
        stopAccepting()
        acceptResumesAt = .max
        for index in 0..<clients.bound where clients.contains(index) { drive(index) }
        for index in 0..<upstreams.bound where upstreams.contains(index) && upstreams[index].state == .idle {
            closeUpstream(index)
        }
    }

    private mutating func checkDrain() {
        if clients.count == 0 || environment.now.nanoseconds >= drainDeadline { isStopped = true }
    }

    /// Ends a connection because the loop ends.
    private mutating func abandon(_ index: Int) {
        clients[index].exchange.cut(.aborted, &environment)
        drive(index)
    }
}

extension LoopTime {
    /// Reads both clocks.
    static var current: LoopTime {
        LoopTime(nanoseconds: el_monotonic_nanoseconds(), unixMilliseconds: el_unix_milliseconds())
    }
}
