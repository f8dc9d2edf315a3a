import CEventLoop

/// An address to connect to, in the kernel's form.
struct SocketAddress: Sendable {
    private let raw: el_address

    init(_ raw: el_address) { self.raw = raw }

    /// Addresses of a host: blocking look-up of a name, unless `numericOnly`. Empty when there is none.
    static func resolve(_ address: UpstreamAddress, numericOnly: Bool) -> [SocketAddress] {
        let capacity = 8
        var count: Int32 = 0
        let found = unsafe [el_address](unsafeUninitializedCapacity: capacity) { memory, filled in
            unsafe memory.initialize(repeating: el_address())
            // Fills at most `capacity` elements.
            count = unsafe el_resolve(
                address.host, address.port, numericOnly ? 1 : 0, memory.baseAddress, Int32(capacity))
            filled = max(0, Int(count))
        }
        return found.map(SocketAddress.init)
    }

    /// A descriptor whose connection is under way, or a negative errno.
    func connect() -> Int32 {
        unsafe withUnsafePointer(to: raw) { unsafe el_connect($0) }
    }

    /// The parts, for a peer.
    var peer: PeerAddress {
        var port: UInt16 = 0
        var octets = InlineArray<16, UInt8>(repeating: 0)
        var target = octets.mutableSpan
        let count = unsafe target.withUnsafeMutableBufferPointer { memory in
            unsafe withUnsafePointer(to: raw) { unsafe el_address_parts($0, memory.baseAddress, &port) }
        }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for index in 0..<Int(count) {
            high = high << 8 | low >> 56
            low = low << 8 | UInt64(octets[index])
        }
        return PeerAddress(octets: (high, low), isIPv6: count == 16, port: port)
    }
}
