/// The engine's bounds and time limits. Every one is per loop unless it says otherwise.
package struct EngineConfiguration: Hashable, Sendable {
    /// Client connections at once; beyond it the loop stops accepting until one ends.
    package var maxConnections = 8192
    /// Octets of a request or response head, start line included.
    package var maxHeadBytes = 32_768
    /// Octets of the request line.
    package var maxRequestLineBytes = 16_384
    /// Fields in a head.
    package var maxFields = 128
    /// Octets that the handler may add to a head when it writes one.
    package var maxAddedHeadBytes = 32_768
    /// Octets of one buffer; a connection that moves content holds up to two in each direction.
    /// Raised to `maxHeadBytes` if it is smaller.
    package var bufferBytes = 65_536
    /// Exchanges parked at once.
    package var maxParked = 1024
    /// Idle upstream connections kept per upstream.
    package var maxIdlePerUpstream = 128
    /// Upstream connections at once, in use and idle.
    package var maxUpstreamConnections = 8192
    /// From accepting (or a head's first octet) until the head is complete.
    package var headTimeout = Duration.seconds(15)
    /// Between two requests of a client connection.
    package var keepAliveTimeout = Duration.seconds(75)
    /// The longest silence while request content is awaited, or the client doesn't read its response.
    package var clientIdleTimeout = Duration.seconds(60)
    /// How long an upstream connection stays in the pool.
    package var poolIdleTimeout = Duration.seconds(50)
    /// How long an upstream connection is used again and again: then a name's new addresses get their turn.
    package var maxPoolAge = Duration.seconds(300)
    /// The longest silence while a closing connection is drained, so that the client can read its answer.
    package var lingerTimeout = Duration.seconds(2)
    /// How long and how many octets a closing connection is drained at most, however busy the client is.
    package var maxLinger = Duration.seconds(30)
    package var maxLingerBytes = 1 << 26

    package init() {}

    /// The same with values that fit each other.
    var bounded: EngineConfiguration {
        var bounded = self
        bounded.maxHeadBytes = max(512, maxHeadBytes)
        bounded.bufferBytes = max(bufferBytes, bounded.maxHeadBytes + InputBuffer.slack, 4096)
        bounded.maxConnections = max(1, maxConnections)
        bounded.maxUpstreamConnections = max(1, maxUpstreamConnections)
        return bounded
    }
}
