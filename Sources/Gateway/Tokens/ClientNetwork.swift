import HTTPEngine

/// Where a client's connection comes from, as the bounds on one client count it: an IPv4 address, or the first 64 bits of
/// an IPv6 address, of which one client commonly has all the rest.
struct ClientNetwork: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64
    private let isIPv6: Bool

    init(_ peer: PeerAddress) {
        let (high, low) = peer.octets
        let isMapped = high == 0 && low >> 32 == 0xffff
        isIPv6 = peer.isIPv6 && !isMapped
        self.high = isIPv6 ? high : 0
        self.low = isIPv6 ? 0 : low & 0xffff_ffff
    }
}
