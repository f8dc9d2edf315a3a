/// Upstream connections: pooling, resolving, connecting, closing.
extension EventLoop {
    /// Finds or makes a connection; tells the exchange now or later.
    mutating func openUpstream(_ upstream: UpstreamID, fresh: Bool, for client: Int) {
        if !fresh, let pooled = pool.take(upstream) {
            timers.set(clients.capacity + pooled, deadline: .max)
            upstreams[pooled].state = .used
            upstreams[pooled].client = client
            clients[client].upstream = pooled
            clients[client].exchange.upstreamOpened(reused: true, &environment)
            return
        }
        connect(client, to: upstream)
    }

    private mutating func connect(_ client: Int, to upstream: UpstreamID) {
        switch directory.addresses(of: upstream, now: environment.now.nanoseconds, notify: mailbox) {
        case .known(let addresses): connect(client, to: upstream, trying: addresses[...])
        case .pending:
            let token = EventToken(.client, index: client, serial: clients[client].serial)
            resolving.append((token, upstream))
        case .failed: clients[client].exchange.upstreamFailed(.upstreamUnreachable, &environment)
        }
    }

    private mutating func connect(
        _ client: Int, to upstream: UpstreamID, trying addresses: ArraySlice<SocketAddress>
    ) {
        var rest = addresses
        while let address = rest.popFirst() {
            guard let index = upstreams.nextIndex else {
                return clients[client].exchange.upstreamFailed(.overloaded, &environment)
            }
            let descriptor = address.connect()
            guard descriptor >= 0 else { continue }
            serial &+= 1
            let token = EventToken(.upstream, index: index, serial: serial)
            let transport = Transport(descriptor: descriptor)
            guard transport.register(with: poller, token: token.packed) else { continue }
            upstreams.insert(
                UpstreamConnection(
                    transport: transport, upstream: upstream, serial: token.serial, client: client,
                    alternatives: rest))
            clients[client].upstream = index
            return
        }
        clients[client].exchange.upstreamFailed(.upstreamUnreachable, &environment)
    }

    /// A connection under way was reported on.
    mutating func connected(_ index: Int) {
        let client = upstreams[index].client
        if upstreams[index].transport.pendingError == 0 {
            upstreams[index].state = .used
            clients[client].exchange.upstreamOpened(reused: false, &environment)
        } else {
            let rest = upstreams[index].alternatives
            let upstream = upstreams[index].upstream
            clients[client].upstream = -1
            closeUpstream(index)
            connect(client, to: upstream, trying: rest)
        }
        drive(client)
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
        guard reusable, !environment.isDraining, !upstreams[index].isHalfClosed, !upstreams[index].isReadable,
            pool.put(index, of: upstreams[index].upstream)
        else { return closeUpstream(index) }
        upstreams[index].state = .idle
        timers.set(
            clients.capacity + index,
            deadline: environment.deadline(inNanoseconds: environment.poolIdleNanoseconds))
    }

    mutating func closeUpstream(_ index: Int) {
        pool.remove(index, of: upstreams[index].upstream)
        timers.set(clients.capacity + index, deadline: .max)
        upstreams.remove(index)
    }
}
