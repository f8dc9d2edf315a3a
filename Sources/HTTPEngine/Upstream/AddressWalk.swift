/// The addresses of an upstream in the order in which they are tried: each once, from a certain one on, around.
struct AddressWalk {
    private let addresses: [SocketAddress]
    /// Which address comes next.
    private(set) var position: Int
    /// How many haven't been tried.
    private(set) var remaining: Int

    init(_ addresses: [SocketAddress], from start: Int) {
        self.addresses = addresses
        position = addresses.isEmpty ? 0 : start % addresses.count
        remaining = addresses.count
    }

    /// The next address; nil when all were tried.
    mutating func next() -> SocketAddress? {
        guard remaining > 0 else { return nil }
        remaining -= 1
        let address = addresses[position]
        position = position + 1 < addresses.count ? position + 1 : 0
        return address
    }
}
