import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// Finds the addresses of a name, with the system's own look-up.
///
/// The system's call blocks and can't be stopped, so it has threads of its own, and whoever waits can give up.
enum NameResolver {
    /// The most look-ups that run or wait at once, in the whole process.
    static let mostLookups = 64

    private static let threads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 4)
        pool.start()
        return pool
    }()
    private static let lookups = Atomic(0)

    /// Completes the promise with all addresses of the name, in the system's order of preference.
    static func resolve(_ name: String, into promise: EventLoopPromise<[IPAddress]>) {
        guard lookups.add(1, ordering: .relaxed).newValue <= mostLookups else {
            lookups.subtract(1, ordering: .relaxed)
            promise.fail(EgressError(.nameUnknown, "too many names are being looked up"))
            return
        }
        threads.submit { _ in
            let addresses = addresses(of: name)
            lookups.subtract(1, ordering: .relaxed)
            if addresses.isEmpty {
                promise.fail(EgressError(.nameUnknown, "the name \(name) has no address"))
            } else {
                promise.succeed(addresses)
            }
        }
    }

    private static func addresses(of name: String) -> [IPAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(name, nil, &hints, &list) == 0 else { return [] }
        defer { unsafe freeaddrinfo(list) }
        var found: [IPAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let address = unsafe address(entry.pointee), !found.contains(address) { found.append(address) }
            unsafe next = entry.pointee.ai_next
        }
        return found
    }

    private static func address(_ entry: addrinfo) -> IPAddress? {
        guard let pointer = unsafe entry.ai_addr else { return nil }
        // The family says which structure the system has put there, and so how long it is.
        switch unsafe entry.ai_family {
        case AF_INET:
            return unsafe pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                unsafe IPAddress(SocketAddress($0.pointee))
            }
        case AF_INET6:
            return unsafe pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                unsafe IPAddress(SocketAddress($0.pointee))
            }
        default:
            return nil
        }
    }
}
