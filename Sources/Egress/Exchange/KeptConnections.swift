import NIOCore
import Synchronization

/// Connections that stand and carry nothing at the moment, for the next exchange with the same peer.
///
/// Each leads to an address that the same policy has judged, and its peer has shown the same name's certificate.
final class KeptConnections: Sendable {
    /// Whom a connection leads to.
    struct Peer: Sendable, Hashable {
        let isSecure: Bool
        let authority: String
    }

    private struct State {
        var idle: [Peer: [KeptConnection]] = [:]
        var count = 0
        var isClosed = false
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter limit: the most connections that wait, to all peers together.
    init(limit: Int) {
        self.limit = limit
    }

    /// The connection that was used last: those that are not needed grow old and end.
    func take(_ peer: Peer) -> KeptConnection? {
        state.withLock { state in
            guard let connection = state.idle[peer]?.popLast() else { return nil }
            if state.idle[peer]?.isEmpty == true { state.idle[peer] = nil }
            state.count -= 1
            return connection
        }
    }

    /// False when there are enough: the connection is to be closed.
    func put(_ connection: KeptConnection) -> Bool {
        state.withLock { state in
            guard !state.isClosed, state.count < limit else { return false }
            state.idle[connection.peer, default: []].append(connection)
            state.count += 1
            return true
        }
    }

    /// Forgets a connection that has ended.
    func remove(_ connection: KeptConnection) {
        state.withLock { state in
            guard let index = state.idle[connection.peer]?.firstIndex(where: { $0 === connection }) else { return }
            state.idle[connection.peer]?.remove(at: index)
            if state.idle[connection.peer]?.isEmpty == true { state.idle[connection.peer] = nil }
            state.count -= 1
        }
    }

    /// Ends those that wait, and any that would wait later.
    func close() {
        let all = state.withLock { state in
            defer { state = State(isClosed: true) }
            return state.idle.values.joined().map { $0 }
        }
        for connection in all { connection.channel.close(promise: nil) }
    }
}

/// A connection that can carry one exchange after another.
final class KeptConnection: Sendable {
    let peer: KeptConnections.Peer
    let channel: any Channel
    private let handler: NIOLoopBound<ExchangeHandler>

    /// On the channel's event loop.
    init(_ peer: KeptConnections.Peer, _ channel: any Channel, _ handler: ExchangeHandler) {
        self.peer = peer
        self.channel = channel
        self.handler = NIOLoopBound(handler, eventLoop: channel.eventLoop)
    }

    /// Sends, and completes the promise with the answer; with nil when the connection turns out to have ended before.
    func exchange(_ request: OutboundRequest, into promise: EventLoopPromise<EgressResponse?>) {
        let channel = channel
        promise.futureResult.whenFailure { _ in channel.close(promise: nil) }
        channel.eventLoop.execute { [handler] in handler.value.begin(request, promise) }
    }
}
