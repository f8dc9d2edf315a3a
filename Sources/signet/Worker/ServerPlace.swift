import Gateway
import HTTPEngine

/// What a server is called by others, and its parts' own configurations.
struct ServerPlace: Sendable {
    /// The issuer's URL: configured, or that of the control listener as it was opened. Never from a request.
    let issuer: String
    /// The gateway's URL as its clients see it.
    let publicURL: String
    private let limits: ServerConfiguration.Limits

    init(order: WorkerOrder, configuration: ServerConfiguration) {
        func url(_ name: WorkerOrder.ListenerName, _ fallback: ServerConfiguration.Listener) -> String {
            "http://\((order.listeners[name]?.address ?? fallback.address).text)"
        }
        issuer = configuration.issuer ?? url(.control, configuration.control)
        publicURL = configuration.publicURL ?? url(.gateway, configuration.gateway)
        limits = configuration.limits
    }

    var gatewayConfiguration: GatewayConfiguration {
        var gateway = GatewayConfiguration(issuer: issuer, publicURL: publicURL)
        gateway.maximumTokenBytes = limits.tokenBytes
        gateway.tokenCacheEntries = limits.tokenCacheEntries
        gateway.tokenCacheBytes = limits.tokenCacheBytes
        gateway.maximumTokenJobs = limits.tokenJobs
        gateway.maximumTokenJobsPerClient = limits.tokenJobsPerClient
        gateway.tokenJobThreads = limits.tokenJobThreads ?? gateway.tokenJobThreads
        gateway.maximumDeviceCalls = limits.deviceCalls
        gateway.maximumDeviceCallsPerClient = limits.deviceCallsPerClient
        gateway.deviceCallsAtOnce = limits.deviceCallsAtOnce
        return gateway
    }

    var engineConfiguration: EngineConfiguration {
        var engine = EngineConfiguration()
        engine.maxHeadBytes = limits.headBytes
        engine.maxRequestLineBytes = min(engine.maxRequestLineBytes, limits.headBytes)
        engine.maxConnections = limits.connections
        // Each client connection has one upstream connection at most.
        engine.maxUpstreamConnections = max(engine.maxUpstreamConnections, limits.connections)
        return engine
    }
}
