import Glibc

extension ListeningSockets {
    /// A port of the loopback that nobody uses now.
    static func freePort() throws -> UInt16 {
        let sockets = try open(ListenAddress(loopbackPort: 0), count: 1, name: "bench")
        for descriptor in sockets.descriptors { close(descriptor) }
        return sockets.address.port
    }
}
