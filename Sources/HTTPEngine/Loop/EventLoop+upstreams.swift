import Glibc

/// Upstream connections: pooling, resolving, connecting, closing.
extension EventLoop {
    /// Finds or makes a connection; tells the exchange now or later.
    mutating func openUpstream(_ upstream: UpstreamID, fresh: Bool, for client: Int) {
        if !fresh, let pooled = takePooled(upstream) {
            timers.set(clients.capacity + pooled, deadline: .max)
            upstreams[pooled].state = .used
            upstreams[pooled].client = client
            clients[client].upstream = pooled
            clients[client].exchange.upstreamOpened(reused: true, &environment)
            return
        }
        connect(client, to: upstream)
    }

    /// An idle connection that is still silent.
    ///
    /// What an upstream sent or closed since the last readiness report is not known yet: octets that nobody asked for would
    /// be the next request's answer, and an end would fail a request that can't be sent twice.
    private mutating func takePooled(_ upstream: UpstreamID) -> Int? {
        while let pooled = pool.take(upstream) {
            if upstreams[pooled].transport.isQuiet { return pooled }
            closeUpstream(pooled)
        }
        return nil
    }

    private mutating func connect(_ client: Int, to upstream: UpstreamID) {
        switch directory.addresses(of: upstream, now: environment.now.nanoseconds, notify: mailbox) {
        case .known(let addresses):
            let first = upstream.index < firstAddresses.count ? firstAddresses[upstream.index] : 0
            connect(client, to: upstream, along: AddressWalk(addresses, from: first))
        case .pending:
            let token = EventToken(.client, index: client, serial: clients[client].serial)
            resolving.append((token, upstream))
        case .failed: clients[client].exchange.upstreamFailed(.upstreamUnreachable, &environment)
        }
    }

    private mutating func connect(_ client: Int, to upstream: UpstreamID, along addresses: AddressWalk) {
        var walk = addresses
        var failure = ExchangeFailure.upstreamUnreachable
        while let address = walk.next() {
            guard upstreams.nextIndex != nil || closeIdleUpstream() else {
                return clients[client].exchange.upstreamFailed(.overloaded, &environment)
            }
            var descriptor = address.connect()
            if Self.isShortage(-descriptor), closeIdleUpstream() { descriptor = address.connect() }
            guard descriptor >= 0, let index = upstreams.nextIndex else {
                if Self.isShortage(-descriptor) { failure = .overloaded }
                continue
            }
            serial &+= 1
            let token = EventToken(.upstream, index: index, serial: serial)
            let transport = Transport(descriptor: descriptor)
            guard transport.register(with: poller, token: token.packed) else {
                failure = .overloaded
                continue
            }
            upstreams.insert(
                UpstreamConnection(
                    transport: transport, upstream: upstream, serial: token.serial, client: client,
                    alternatives: walk,
                    retiresAt: environment.deadline(inNanoseconds: environment.poolAgeNanoseconds)))
            clients[client].upstream = index
            limitAttempt(index, client: client, remaining: walk.remaining)
            return
        }
        if failure == .upstreamUnreachable { directory.distrust(upstream, now: environment.now.nanoseconds) }
        clients[client].exchange.upstreamFailed(failure, &environment)
    }

    /// An address with others behind it gets its share of the time to connect: one that answers nothing must leave time
    /// for them. The last has all that is left.
    private mutating func limitAttempt(_ index: Int, client: Int, remaining: Int) {
        guard remaining > 0 else { return }
        let rest = max(0, clients[client].exchange.deadline - environment.now.nanoseconds)
        let share = rest / Int64(remaining + 1)
        limitUpstream(index, inNanoseconds: share)
    }

    private mutating func limitUpstream(_ index: Int, inNanoseconds nanoseconds: Int64) {
        let deadline = environment.deadline(inNanoseconds: nanoseconds)
        upstreams[index].deadline = deadline
        timers.set(clients.capacity + index, deadline: deadline)
    }

    /// Whether it is we who have too little for a connection.
    private static func isShortage(_ code: Int32) -> Bool {
        switch code {
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: true
        default: false
        }
    }

    /// Makes room for a connection; false when none is idle.
    private mutating func closeIdleUpstream() -> Bool {
        guard let idle = pool.anyIdle else { return false }
        closeUpstream(idle)
        return true
    }

    /// A connection under way was reported on.
    mutating func connected(_ index: Int) {
        guard upstreams[index].transport.pendingError == 0 else { return connectFailed(index) }
        let client = upstreams[index].client
        upstreams[index].state = .used
        clients[client].exchange.upstreamOpened(reused: false, &environment)
        drive(client)
    }

    /// Goes on to the next address, with which later connections begin.
    private mutating func connectFailed(_ index: Int) {
        let client = upstreams[index].client
        let upstream = upstreams[index].upstream
        let walk = upstreams[index].alternatives
        while firstAddresses.count <= upstream.index { firstAddresses.append(0) }
        firstAddresses[upstream.index] = walk.position
        clients[client].upstream = -1
        closeUpstream(index)
        connect(client, to: upstream, along: walk)
        drive(client)
    }

    /// The time of an attempt to connect, or of an idle connection, is over.
    mutating func upstreamTimedOut(_ index: Int) {
        // Another connection may have come to this index since the timer ran out.
        guard upstreams.contains(index), upstreams[index].deadline <= environment.now.nanoseconds else { return }
        switch upstreams[index].state {
        case .connecting: connectFailed(index)
        case .idle: closeUpstream(index)
        case .used: break
        }
    }

    /// A name was looked up: those who wait for it try again.
    mutating func resolved(_ upstream: UpstreamID) {
        let waiting = resolving.filter { $0.upstream == upstream }
        resolving.removeAll { $0.upstream == upstream }
        for (token, _) in waiting where clients.contains(token.index) {
            guard clients[token.index].serial == token.serial, clients[token.index].upstream < 0,
                clients[token.index].exchange.awaits(upstream)
            else { continue }
            connect(token.index, to: upstream)
            drive(token.index)
        }
    }

    /// The exchange is done with its connection.
    mutating func dropUpstream(of client: Int, reusable: Bool) {
        let index = clients[client].upstream
        guard index >= 0 else { return }
        clients[client].upstream = -1
        upstreams[index].client = -1
        if upstreams[index].state == .connecting, clients[client].exchange.outcome.failure == .upstreamTimeout {
            directory.distrust(upstreams[index].upstream, now: environment.now.nanoseconds)
        }
        guard reusable, !environment.isDraining, !upstreams[index].isHalfClosed, !upstreams[index].isReadable,
            environment.now.nanoseconds < upstreams[index].retiresAt, pool.put(index, of: upstreams[index].upstream)
        else { return closeUpstream(index) }
        upstreams[index].state = .idle
        limitUpstream(index, inNanoseconds: environment.poolIdleNanoseconds)
    }

    mutating func closeUpstream(_ index: Int) {
        pool.remove(index, of: upstreams[index].upstream)
        timers.set(clients.capacity + index, deadline: .max)
        upstreams.remove(index)
    }
}
