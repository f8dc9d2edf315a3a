/// Where requests may go.
///
/// Whoever can name a URL that we fetch must not reach what only we can reach: this machine, its network, its cloud's
/// metadata service (server-side request forgery).
package struct EgressPolicy: Sendable, Hashable {
    /// Where http without TLS may go.
    package enum Plaintext: Sendable, Hashable {
        case nowhere, loopback, anywhere
    }

    /// Which addresses may be connected to.
    package enum Addresses: Sendable, Hashable {
        case any
        /// Those of the public Internet, and the ones in these ranges.
        case publicInternet(and: [IPRange])
    }

    package var plaintext: Plaintext
    package var addresses: Addresses
    /// The ports that may be connected to.
    package var ports: [ClosedRange<Int>]

    package init(plaintext: Plaintext, addresses: Addresses, ports: [ClosedRange<Int>]) {
        self.plaintext = plaintext
        self.addresses = addresses
        self.ports = ports
    }

    /// For URLs that came from elsewhere: https, the ports 443 and 8443, the public Internet only.
    package static let strict = EgressPolicy(
        plaintext: .nowhere, addresses: .publicInternet(and: []), ports: [443...443, 8443...8443])

    /// For URLs that the person at the terminal has chosen: anything that person could connect to anyway.
    package static let operatorChosen = EgressPolicy(plaintext: .anywhere, addresses: .any, ports: [1...65535])

    /// Judges what can be told before the name is looked up.
    /// - Throws: `destination-refused`.
    package func check(_ url: EgressURL) throws(EgressError) {
        guard url.isSecure || plaintext != .nowhere else {
            throw EgressError(.destinationRefused, "expected https")
        }
        guard ports.contains(where: { $0.contains(url.port) }) else {
            throw EgressError(.destinationRefused, "port \(url.port) is not one of those allowed")
        }
    }

    /// Judges all addresses of a host. One that is not allowed refuses the host: a name that leads outside and inside
    /// at once is a trick, or a mistake that should be seen.
    /// - Throws: `address-refused`.
    func check(_ found: [IPAddress], of url: EgressURL) throws(EgressError) {
        for address in found {
            guard isAllowed(address) else {
                throw EgressError(
                    .addressRefused, "\(url.authority) leads to \(address), which is not an address that is allowed")
            }
            guard url.isSecure || plaintext == .anywhere || PublicAddresses.isLoopback(address) else {
                throw EgressError(.addressRefused, "expected https: \(address) is not the loopback")
            }
        }
    }

    private func isAllowed(_ address: IPAddress) -> Bool {
        switch addresses {
        case .any: true
        case .publicInternet(let ranges):
            PublicAddresses.contains(address)
                || ranges.contains { $0.contains(address) || $0.contains(address.unmapped) }
        }
    }
}
