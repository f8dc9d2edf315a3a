/// Which addresses are hosts of the public Internet (the special-purpose address registries of RFC 6890).
///
/// Everything else is somebody's inside: this machine, its network, its cloud's metadata service, or nobody.
enum PublicAddresses {
    /// Whether the address is one of the public Internet, as it is and as the IPv4 address that it may stand for.
    static func contains(_ address: IPAddress) -> Bool {
        switch address.unmapped {
        case .v4:
            return !specialIPv4.contains { $0.contains(address.unmapped) }
        case .v6(let high, let low):
            if nat64.contains(address) {
                return contains(.v4(UInt32(truncatingIfNeeded: low)))
            }
            return globalUnicast.contains(.v6(high: high, low: low)) && !specialIPv6.contains { $0.contains(address) }
        }
    }

    /// `127.0.0.0/8` and `::1`.
    static func isLoopback(_ address: IPAddress) -> Bool {
        let address = address.unmapped
        return IPRange(127, 0, 0, 0, 8).contains(address) || address == .v6(high: 0, low: 1)
    }

    private static let specialIPv4 = [
        IPRange(0, 0, 0, 0, 8),  // this network
        IPRange(10, 0, 0, 0, 8),  // private use
        IPRange(100, 64, 0, 0, 10),  // shared by carriers (RFC 6598); Alibaba's metadata service
        IPRange(127, 0, 0, 0, 8),  // loopback
        IPRange(168, 63, 129, 16, 32),  // Azure's platform service, the same in every virtual network
        IPRange(169, 254, 0, 0, 16),  // link-local; the metadata service of most clouds
        IPRange(172, 16, 0, 0, 12),  // private use
        IPRange(192, 0, 0, 0, 24),  // protocol assignments; Oracle's metadata service
        IPRange(192, 0, 2, 0, 24),  // documentation
        IPRange(192, 88, 99, 0, 24),  // 6to4 relays, deprecated
        IPRange(192, 168, 0, 0, 16),  // private use
        IPRange(198, 18, 0, 0, 15),  // benchmarking
        IPRange(198, 51, 100, 0, 24),  // documentation
        IPRange(203, 0, 113, 0, 24),  // documentation
        IPRange(224, 0, 0, 0, 4),  // multicast
        IPRange(240, 0, 0, 0, 4),  // reserved, and broadcast
    ]

    /// Translated IPv4 (RFC 6052): the address that is reached is the embedded one.
    private static let nat64 = IPRange(.v6(high: 0x0064_ff9b_0000_0000, low: 0), 96)

    /// All that IANA has given out. Loopback, unique local, link-local, site-local and multicast lie outside.
    private static let globalUnicast = IPRange(.v6(high: 0x2000_0000_0000_0000, low: 0), 3)

    private static let specialIPv6 = [
        IPRange(.v6(high: 0x2001_0000_0000_0000, low: 0), 23),  // protocol assignments, Teredo among them
        IPRange(.v6(high: 0x2001_0db8_0000_0000, low: 0), 32),  // documentation
        IPRange(.v6(high: 0x2002_0000_0000_0000, low: 0), 16),  // 6to4: leads to any IPv4 address; deprecated
        IPRange(.v6(high: 0x3fff_0000_0000_0000, low: 0), 20),  // documentation
    ]
}
