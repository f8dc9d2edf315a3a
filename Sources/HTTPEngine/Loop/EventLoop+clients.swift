import CEventLoop
import Glibc

/// Client connections: accepting, moving octets, closing.
extension EventLoop {
    mutating func startAccepting() {
        guard !isAccepting, !environment.isDraining else { return }
        isAccepting = poller.addLevel(listener, token: EventToken(.listener).packed)
        acceptResumesAt = isAccepting ? .max : environment.deadline(in: Self.acceptPause)
    }

    mutating func stopAccepting() {
        guard isAccepting else { return }
        poller.remove(listener)
        isAccepting = false
    }

    mutating func accept() {
        for _ in 0..<Self.acceptBatch {
            guard let index = clients.nextIndex else { return stopAccepting() }
            var address = el_address()
            // Fills `address` and nothing else.
            let descriptor = unsafe el_accept(listener, &address)
            guard descriptor >= 0 else { return acceptFailed(-descriptor) }
            serial &+= 1
            let token = EventToken(.client, index: index, serial: serial)
            let transport = Transport(descriptor: descriptor)
            guard transport.register(with: poller, token: token.packed) else { continue }
            let exchange = Exchange(index: index, peer: SocketAddress(address).peer, environment: environment)
            clients.insert(ClientConnection(transport: transport, exchange: exchange, serial: token.serial))
            statistics.accepted()
            timers.set(index, deadline: clients[index].exchange.deadline)
        }
    }

    /// Without descriptors or memory the listener would report itself again and again: it rests for a while instead.
    private mutating func acceptFailed(_ code: Int32) {
        switch code {
        case EAGAIN, EINTR, ECONNABORTED: break
        default:
            stopAccepting()
            acceptResumesAt = environment.deadline(in: Self.acceptPause)
        }
    }

    /// Lets a connection do all it can: the exchange's actions, then octets, until neither has anything to do.
    mutating func drive(_ index: Int) {
        guard clients.contains(index) else { return }
        var turns = 0
        while true {
            switch clients[index].exchange.advance(&environment) {
            case .wait:
                turns += 1
                if turns > Self.maxTurns { return giveWay(index) }
                if !transfer(index) {
                    timers.set(index, deadline: clients[index].exchange.deadline)
                    return
                }
            case .openUpstream(let upstream, let fresh): openUpstream(upstream, fresh: fresh, for: index)
            case .dropUpstream(let reusable): dropUpstream(of: index, reusable: reusable)
            case .linger: clients[index].transport.finishWriting()
            case .close: return closeClient(index)
            case .reset:
                clients[index].transport.abort()
                return closeClient(index)
            }
        }
    }

    private mutating func giveWay(_ index: Int) {
        timers.set(index, deadline: clients[index].exchange.deadline)
        guard !clients[index].isQueued else { return }
        clients[index].isQueued = true
        queued.append(EventToken(.client, index: index, serial: clients[index].serial))
    }

    private mutating func closeClient(_ index: Int) {
        if clients[index].upstream >= 0 { dropUpstream(of: index, reusable: false) }
        timers.set(index, deadline: .max)
        clients.remove(index)
        statistics.closed()
        startAccepting()
    }

    /// Sends and receives what is wanted and possible; false when nothing moved.
    private mutating func transfer(_ index: Int) -> Bool {
        var moved = false
        if clients[index].isWritable, !clients[index].exchange.output.isEmpty { moved = sendToClient(index) }
        let upstream = clients[index].upstream
        if upstream >= 0, upstreams[upstream].state == .used {
            if upstreams[upstream].isWritable, !clients[index].exchange.upstreamOutput.isEmpty,
                !clients[index].exchange.upstreamBroken
            {
                moved = sendToUpstream(index, upstream) || moved
            }
            if upstreams[upstream].isReadable, clients[index].exchange.wantsUpstreamInput {
                moved = receiveFromUpstream(index, upstream) || moved
            }
        }
        if clients[index].isReadable, clients[index].exchange.wantsClientInput {
            moved = receiveFromClient(index) || moved
        }
        return moved
    }

    private mutating func sendToClient(_ index: Int) -> Bool {
        switch clients[index].send() {
        case .moved(_, let more):
            if !more { clients[index].isWritable = false }
            clients[index].exchange.clientTook(environment)
        case .blocked:
            clients[index].isWritable = false
            return false
        case .ended, .failed: clients[index].exchange.clientGone(&environment)
        }
        return true
    }

    private mutating func sendToUpstream(_ index: Int, _ upstream: Int) -> Bool {
        switch upstreams[upstream].transport.send(from: &clients[index].exchange.upstreamOutput) {
        case .moved(_, let more):
            if !more { upstreams[upstream].isWritable = false }
            clients[index].exchange.upstreamTook(environment)
        case .blocked:
            upstreams[upstream].isWritable = false
            return false
        case .ended, .failed:
            clients[index].exchange.upstreamStoppedReading(&environment)
            upstreams[upstream].isReadable = true
        }
        return true
    }

    private mutating func receiveFromClient(_ index: Int) -> Bool {
        switch clients[index].receive(from: &environment.pool) {
        case .moved(_, let more):
            if !more, !clients[index].isHalfClosed { clients[index].isReadable = false }
        case .blocked:
            clients[index].isReadable = false
            return false
        case .ended:
            clients[index].isReadable = false
            clients[index].exchange.clientFinished()
        case .failed: clients[index].exchange.clientGone(&environment)
        }
        return true
    }

    private mutating func receiveFromUpstream(_ index: Int, _ upstream: Int) -> Bool {
        let result = upstreams[upstream].transport.receive(
            into: &clients[index].exchange.upstreamInput, from: &environment.pool)
        switch result {
        case .moved(_, let more):
            if !more, !upstreams[upstream].isHalfClosed { upstreams[upstream].isReadable = false }
        case .blocked:
            upstreams[upstream].isReadable = false
            return false
        case .ended: clients[index].exchange.upstreamFinished(broken: false)
        case .failed: clients[index].exchange.upstreamFinished(broken: true)
        }
        return true
    }
}
