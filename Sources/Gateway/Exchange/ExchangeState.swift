import HTTPEngine
import Monitoring

/// What the handler remembers of one exchange between the engine's calls.
struct ExchangeState {
    /// Of the exchange that this is about; another one's state is none.
    var generation: UInt32 = .max
    /// The snapshot that the request was matched in; its routes stay as they are while the exchange lasts.
    var snapshot: Snapshot?
    var route: Int = 0
    var upstream: Int = 0
    var token: VerifiedToken?
    var bearer: [UInt8]?
    /// Whether a device was asked to open its token.
    var waitsForDevice = false
    var event = UsageEvent()
    var method: RequestHead.Method = .other
    var peer = PeerAddress()

    /// The URL of the upstream that was chosen; empty before one was.
    var upstreamURL: String {
        guard let snapshot, snapshot.routes.indices.contains(route) else { return "" }
        let upstreams = snapshot.apis[snapshot.routes[route].api].upstreams
        return upstreams.indices.contains(upstream) ? upstreams[upstream].url : ""
    }

    /// Forgets the exchange, and what it kept alive.
    mutating func clear() {
        snapshot = nil
        token = nil
        bearer = nil
        generation = .max
    }
}
