/// A block of addresses: all that begin with the same bits.
package struct IPRange: Sendable, Hashable {
    private let base: IPAddress
    private let prefix: Int

    /// Reads `address/prefix` (RFC 4632 section 3.1, RFC 4291 section 2.3), or one address.
    ///
    /// Nil when bits behind the prefix are set: it is not clear then which block is meant.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = parts.first, let address = IPAddress(String(first)) else { return nil }
        let width = if case .v4 = address { 32 } else { 128 }
        var prefix = width
        if parts.count == 2 {
            guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(parts[1]), number <= width
            else { return nil }
            prefix = number
        }
        self.init(address, prefix)
        guard isAligned else { return nil }
    }

    /// A block that is known to be well-formed.
    init(_ base: IPAddress, _ prefix: Int) {
        self.base = base
        self.prefix = prefix
    }

    /// An IPv4 block that is known to be well-formed.
    init(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32, _ prefix: Int) {
        self.init(.v4(a << 24 | b << 16 | c << 8 | d), prefix)
    }

    /// Whether the address lies in the block. An IPv4 address never lies in an IPv6 block.
    package func contains(_ address: IPAddress) -> Bool {
        switch (base, address) {
        case (.v4(let base), .v4(let address)):
            (base ^ address) & (UInt32.max << (32 - prefix)) == 0
        case (.v6(let baseHigh, let baseLow), .v6(let high, let low)):
            (baseHigh ^ high) & Self.mask(min(prefix, 64)) == 0 && (baseLow ^ low) & Self.mask(max(prefix - 64, 0)) == 0
        default:
            false
        }
    }

    private var isAligned: Bool {
        switch base {
        case .v4(let value): value & ~(UInt32.max << (32 - prefix)) == 0
        case .v6(let high, let low):
            high & ~Self.mask(min(prefix, 64)) == 0 && low & ~Self.mask(max(prefix - 64, 0)) == 0
        }
    }

    /// `bits` ones, then zeros. A shift by the whole width gives zero.
    private static func mask(_ bits: Int) -> UInt64 { UInt64.max << (64 - bits) }
}
