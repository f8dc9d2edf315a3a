/// A connection's other end.
package struct PeerAddress: Hashable, Sendable {
    /// The address in network order; an IPv4 address is in the last four octets.
    package var octets: (UInt64, UInt64)
    package var isIPv6: Bool
    package var port: UInt16

    package init(octets: (UInt64, UInt64) = (0, 0), isIPv6: Bool = false, port: UInt16 = 0) {
        self.octets = octets
        self.isIPv6 = isIPv6
        self.port = port
    }

    package static func == (left: PeerAddress, right: PeerAddress) -> Bool {
        left.octets == right.octets && left.isIPv6 == right.isIPv6 && left.port == right.port
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(octets.0)
        hasher.combine(octets.1)
        hasher.combine(port)
    }
}
