/// The bounds of outbound requests.
package struct EgressLimits: Sendable, Hashable {
    /// The longest time until a connection stands, name look-up and TLS included.
    package var connectTimeout: Duration = .seconds(5)
    /// The longest time of the whole exchange, from the call to the answer's last octet.
    package var timeout: Duration = .seconds(30)
    /// The most octets of an answer's body.
    package var responseBytes = 4 * 1024 * 1024
    /// The most connections at once to one host.
    package var connectionsPerHost = 8

    package init() {}
}
