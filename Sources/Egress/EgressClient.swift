import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Sends HTTP requests to other services, off the data path.
///
/// A host's name is looked up once, all its addresses are judged by the policy, and the connection goes to one of the
/// addresses that were judged: a name that changes its address in between gains nothing. TLS and Host still speak of
/// the name. It follows no redirect (a peer must not choose where our credentials go next), uses no proxy, takes no
/// cookie, decompresses nothing (a small answer must not grow), and bounds time and size. Every exchange has a
/// connection of its own, unless the limits say that some are kept; those end with the client.
package final class EgressClient: Sendable {
    private let policy: EgressPolicy
    private let limits: EgressLimits
    private let trust: EgressTrust
    /// Made with the first https request: reading the system's authorities takes long.
    private let tls = Mutex<NIOSSLContext?>(nil)
    /// Nil when none is kept.
    private let connections: KeptConnections?

    package init(
        policy: EgressPolicy, limits: EgressLimits = EgressLimits(), trust: EgressTrust = .system
    ) {
        self.policy = policy
        self.limits = limits
        self.trust = trust
        connections = limits.keptConnections > 0 ? KeptConnections(limit: limits.keptConnections) : nil
    }

    deinit { connections?.close() }

    /// The most addresses of one name that are tried.
    private static let mostAttempts = 4

    /// Sends one request and reads the whole answer.
    ///
    /// - Throws: ``EgressError``. An answer of any status is a result.
    package func send(_ request: EgressRequest) async throws(EgressError) -> EgressResponse {
        let url = try EgressURL(request.url)
        try policy.check(url)
        let keeping = request.isRepeatable ? connections.map { keep(by: $0, url) } : nil
        let outbound = try OutboundRequest(request, to: url, isLast: keeping == nil)
        let wait = BoundedWait(limits.timeout)
        if let keeping, let kept = keeping.connections.take(keeping.peer),
            let response = try await wait.value({ kept.exchange(outbound, into: $0) })
        {
            return response
        }
        return try await connect(to: url, outbound, keeping, wait)
    }

    private func keep(by connections: KeptConnections, _ url: EgressURL) -> ExchangeHandler.Keeping {
        ExchangeHandler.Keeping(
            connections: connections, peer: KeptConnections.Peer(isSecure: url.isSecure, authority: url.authority))
    }

    /// Sends over a new connection.
    private func connect(
        to url: EgressURL, _ outbound: OutboundRequest, _ keeping: ExchangeHandler.Keeping?, _ wait: BoundedWait
    ) async throws(EgressError) -> EgressResponse {
        let context = url.isSecure ? try tlsContext() : nil
        let addresses = try await addresses(of: url, wait)
        try policy.check(addresses, of: url)

        var failure = EgressError(.unreachable, "nothing answers at \(url.authority)")
        let tried = Array(addresses.prefix(Self.mostAttempts))
        for (index, address) in tried.enumerated() {
            guard let socket = address.socketAddress(port: url.port) else { continue }
            let connection = OutboundConnection(
                address: socket, tls: context, serverName: url.serverName, limits: limits,
                // An address that swallows everything leaves its share of the time to the others.
                connectTimeout: min(TimeAmount(limits.connectTimeout), wait.share(of: tried.count - index)),
                keeping: keeping)
            do {
                // Only a connection that was kept can have ended before.
                if let response = try await wait.value({ connection.exchange(outbound, into: $0) }) { return response }
            } catch  where error.code == .unreachable {
                failure = error
            }
        }
        throw failure
    }

    private func addresses(of url: EgressURL, _ wait: BoundedWait) async throws(EgressError) -> [IPAddress] {
        switch url.host {
        case .address(let address): return [address]
        case .name(let name): return try await wait.value { NameResolver.resolve(name, into: $0) }
        }
    }

    private func tlsContext() throws(EgressError) -> NIOSSLContext {
        try tls.withLock { context throws(EgressError) in
            if let context { return context }
            let made = try trust.context()
            context = made
            return made
        }
    }
}

extension EgressURL {
    /// The name that TLS asks for and checks; nil for an address, which is checked as such.
    fileprivate var serverName: String? {
        if case .name(let name) = host { name } else { nil }
    }
}
