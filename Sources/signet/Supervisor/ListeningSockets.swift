import CSupervisor
import Glibc

/// The listening sockets of one address, ready to be inherited by workers.
struct ListeningSockets: Hashable, Sendable {
    /// The address with the port that is in use.
    let address: ListenAddress
    /// One descriptor per acceptor. They stay open as long as the supervisor, so that a worker's end loses no caller.
    let descriptors: [Int32]

    /// Connections that wait in the kernel while a worker is started anew.
    static let backlog: Int32 = 4096

    /// Opens `count` sockets on one address; several share its port by SO_REUSEPORT.
    ///
    /// - Throws: ``CommandFailure`` 78 when the address is taken or isn't this machine's.
    static func open(_ wanted: ListenAddress, count: Int, name: String) throws -> ListeningSockets {
        do throws(SystemFailure) {
            guard count > 1 else {
                let (descriptor, port) = try listen(wanted, shared: false)
                return ListeningSockets(address: wanted.with(port: port), descriptors: [descriptor])
            }
            // A socket that doesn't share fails when any other program listens there already. Sharing ones would
            // quietly take half of the connections of another `signet serve` of the same user.
            var address = wanted
            if wanted.port != 0 { close(try listen(wanted, shared: false).descriptor) }
            var descriptors: [Int32] = []
            for _ in 0..<count {
                let (descriptor, port) = try listen(address, shared: true)
                address.port = port
                descriptors.append(descriptor)
            }
            return ListeningSockets(address: address, descriptors: descriptors)
        } catch {
            throw CommandFailure.configuration("listeners.\(name).address: \(error)")
        }
    }

    /// Opens sockets that were shut down for those who call from now on; others go on as they are.
    func listenAgain() throws {
        for descriptor in descriptors {
            // The shim reads the text during the call only.
            try SystemFailure.check(
                "can't listen on \(address.text)",
                unsafe signet_listen_again(descriptor, address.host, address.port, Self.backlog))
        }
    }

    private static func listen(
        _ address: ListenAddress, shared: Bool
    ) throws(SystemFailure) -> (descriptor: Int32, port: UInt16) {
        var port: UInt16 = 0
        // The shim reads the text and writes the port during the call only.
        let result = unsafe signet_listen(address.host, address.port, shared ? 1 : 0, backlog, &port)
        return (try SystemFailure.check("can't listen on \(address.text)", result), port)
    }
}

extension ListenAddress {
    func with(port: UInt16) -> ListenAddress {
        var address = self
        address.port = port
        return address
    }
}
