import NIOCore
import Synchronization

/// The connections of one listener: bounded, and reachable for the end.
///
/// When there are too many, the one that has kept the server waiting longest makes room: whoever opens connections
/// without finishing a request holds up no one who does.
final class OpenConnections: Sendable {
    private struct Connection {
        let channel: any Channel
        /// Since when the server waits for the rest of a request; nil while it is at an answer.
        var waitsSince: NIODeadline?
    }

    private struct State {
        var connections: [ObjectIdentifier: Connection] = [:]
        var isDraining = false
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = limit
    }

    /// Notes a new connection, before anything is read from it. It is forgotten when it closes.
    func enter(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        state.withLock { $0.connections[id] = Connection(channel: channel, waitsSince: .now()) }
        channel.closeFuture.whenComplete { [self] _ in
            state.withLock { _ = $0.connections.removeValue(forKey: id) }
        }
    }

    /// Says whether the server waits for the connection's client.
    func mark(_ channel: any Channel, isWaiting: Bool) {
        state.withLock { $0.connections[ObjectIdentifier(channel)]?.waitsSince = isWaiting ? .now() : nil }
    }

    /// Whether a connection that has entered may be served: there is room for it, or some was made.
    func admit(_ channel: any Channel) -> Bool {
        let own = ObjectIdentifier(channel)
        let (isAdmitted, evicted) = state.withLock { state -> (Bool, (any Channel)?) in
            guard !state.isDraining else { return (false, nil) }
            guard state.connections.count > limit else { return (true, nil) }
            let waiting = state.connections.filter { $0.key != own && $0.value.waitsSince != nil }
            let longest = waiting.min { ($0.value.waitsSince ?? .now()) < ($1.value.waitsSince ?? .now()) }
            guard let longest else { return (false, nil) }
            state.connections[longest.key] = nil
            return (true, longest.value.channel)
        }
        evicted?.close(promise: nil)
        return isAdmitted
    }

    /// Closes idle connections now and the others after the answer that they are at.
    func drain() {
        let channels = state.withLock { state in
            state.isDraining = true
            return state.connections.values.map(\.channel)
        }
        for channel in channels {
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }

    /// Closes whatever is still open.
    func closeAll() {
        for channel in state.withLock({ $0.connections.values.map(\.channel) }) {
            channel.close(promise: nil)
        }
    }
}
