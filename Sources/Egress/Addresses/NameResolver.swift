import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// Finds the addresses of a name, with the system's own look-up.
///
/// The system's call blocks and can't be stopped, so it has threads of its own, and whoever waits can give up.
///
/// Who asks for a name that is being looked up waits for that look-up: a burst of requests to one host is one look-up.
enum NameResolver {
    /// The most names that are looked up, or wait for that, at once in the whole process.
    static let mostLookups = 64
    /// The most who wait for one name.
    static let mostWaiting = 4096

    private static let threads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 4)
        pool.start()
        return pool
    }()
    /// Who waits for each name that is being looked up.
    private static let waiting = Mutex<[String: [EventLoopPromise<[IPAddress]>]]>([:])

    /// Completes the promise with all addresses of the name, in the system's order of preference.
    static func resolve(_ name: String, into promise: EventLoopPromise<[IPAddress]>) {
        let others = waiting.withLock { waiting -> Int? in
            let others = waiting[name]?.count ?? 0
            guard others > 0 ? others < mostWaiting : waiting.count < mostLookups else { return nil }
            waiting[name, default: []].append(promise)
            return others
        }
        switch others {
        case nil: promise.fail(EgressError(.nameUnknown, "too many names are being looked up"))
        case 0: threads.submit { _ in lookUp(name) }
        default: break
        }
    }

    private static func lookUp(_ name: String) {
        let addresses = addresses(of: name)
        for promise in waiting.withLock({ $0.removeValue(forKey: name) }) ?? [] {
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
