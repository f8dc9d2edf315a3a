import Glibc
import NIOCore

/// An IPv4 or IPv6 address as a number.
package enum IPAddress: Sendable, Hashable {
    case v4(UInt32)
    case v6(high: UInt64, low: UInt64)

    /// Reads the text forms: four decimal numbers without leading zeros, or RFC 4291 section 2.2 without zone.
    package init?(_ text: String) {
        // Longer than any address; and the system would read no further than a zero octet.
        guard text.utf8.count <= 45, !text.utf8.contains(0) else { return nil }
        var octets = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET, text, &octets) == 1 {
            self = .v4(UInt32(truncatingIfNeeded: Self.number(octets.prefix(4))))
        } else if unsafe inet_pton(AF_INET6, text, &octets) == 1 {
            self = .v6(high: Self.number(octets.prefix(8)), low: Self.number(octets.suffix(8)))
        } else {
            return nil
        }
    }

    /// The address of a socket; nil for a socket that is a file.
    init?(_ address: SocketAddress) {
        guard let text = address.ipAddress else { return nil }
        self.init(text)
    }

    private static func number(_ octets: ArraySlice<UInt8>) -> UInt64 {
        octets.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The address in network order.
    private var octets: [UInt8] {
        switch self {
        case .v4(let value): (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
        case .v6(let high, let low):
            [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) } }
        }
    }

    /// The same host as IPv4 if the address is an IPv4 one written as IPv6 (`::ffff:a.b.c.d`), otherwise the address.
    var unmapped: IPAddress {
        guard case .v6(0, let low) = self, low >> 32 == 0xffff else { return self }
        return .v4(UInt32(truncatingIfNeeded: low))
    }

    /// Where to connect to; nil never comes, but for a port beyond 16 bits.
    func socketAddress(port: Int) -> SocketAddress? {
        guard (0...65535).contains(port) else { return nil }
        return try? SocketAddress(packedIPAddress: ByteBuffer(bytes: octets), port: port)
    }
}

extension IPAddress: CustomStringConvertible {
    package var description: String { socketAddress(port: 0)?.ipAddress ?? "" }
}
