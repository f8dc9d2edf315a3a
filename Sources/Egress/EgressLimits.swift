/// The bounds of outbound requests.
package struct EgressLimits: Sendable, Hashable {
    /// The longest time until one address answers a connection attempt.
    package var connectTimeout: Duration = .seconds(5)
    /// The longest time of the whole exchange, from the call to the answer's last octet: name look-up, every connection
    /// attempt and TLS included.
    package var timeout: Duration = .seconds(30)
    /// The most octets of an answer's body.
    package var responseBytes = 4 * 1024 * 1024
    /// The most octets of an answer's head.
    package var headBytes = 64 * 1024
    /// The most connections that are kept open for further exchanges; none unless a client has one peer that it calls often.
    package var keptConnections = 0
    /// How long a connection is kept that nobody needs: shorter than peers wait, as a rule.
    package var keptIdle: Duration = .seconds(20)

    package init() {}
}
