import Glibc
import Synchronization

@testable import HTTPEngine

/// A blocking socket with a time limit on everything, so that a failing test ends.
final class TestSocket: Sendable {
    private let descriptor: Int32
    private let isOpen = Mutex(true)

    init(descriptor: Int32) {
        self.descriptor = descriptor
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
    }

    deinit { close() }

    /// Connects to a port on the loopback.
    convenience init(port: UInt16, receiveBuffer: Int32? = nil) {
        let made = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var receiveBuffer { setsockopt(made, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, 4) }
        var address = TestSocket.loopback(port)
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(made, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        self.init(descriptor: made)
    }

    /// False when the other end is gone.
    @discardableResult
    func send(_ octets: [UInt8]) -> Bool {
        var sent = 0
        while sent < octets.count {
            let count = octets[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Some octets; empty at the end of the stream; nil when it broke or took too long.
    func receive(_ most: Int = 65_536) -> [UInt8]? {
        var failed = false
        let octets = [UInt8](unsafeUninitializedCapacity: most) { memory, count in
            let received = recv(descriptor, memory.baseAddress, most, 0)
            failed = received < 0
            count = max(0, received)
        }
        return failed ? nil : octets
    }

    /// Everything up to the end; nil when the stream broke.
    func receiveAll() -> [UInt8]? {
        var all: [UInt8] = []
        while let more = receive() {
            if more.isEmpty { return all }
            all += more
        }
        return nil
    }

    /// Text until `end` has arrived, or what there was when the stream ended.
    func receive(until end: String) -> String {
        let mark = Array(end.utf8)
        var all: [UInt8] = []
        while all.suffix(mark.count) != mark[...] {
            guard let more = receive(1), !more.isEmpty else { break }
            all += more
        }
        return all.text
    }

    /// A message's head and as many octets after it as `Content-Length` says.
    func receiveMessage() -> String {
        let head = receive(until: "\r\n\r\n")
        var length = 0
        for line in head.lowercased().split(separator: "\r\n") where line.hasPrefix("content-length: ") {
            length = Int(line.dropFirst(16)) ?? 0
        }
        var body: [UInt8] = []
        while body.count < length, let more = receive(length - body.count), !more.isEmpty { body += more }
        return head + body.text
    }

    func finishWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    func close() {
        let wasOpen = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        if wasOpen { Glibc.close(descriptor) }
    }

    /// Closes with a reset.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    /// A listening socket on a free port of the loopback.
    static func listener(blocking: Bool, backlog: Int32 = 128) -> (descriptor: Int32, port: UInt16) {
        let kind = Int32(SOCK_STREAM.rawValue) | (blocking ? 0 : Int32(SOCK_NONBLOCK.rawValue))
        let made = socket(AF_INET, kind, 0)
        var one: Int32 = 1
        setsockopt(made, SOL_SOCKET, SO_REUSEPORT, &one, 4)
        var address = loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(made, $0, length)
                _ = listen(made, backlog)
                _ = getsockname(made, $0, &length)
            }
        }
        return (made, UInt16(bigEndian: address.sin_port))
    }
}

/// An upstream on threads: each connection runs the test's closure.
final class TestUpstream: Sendable {
    let port: UInt16
    private let listener: Int32
    private let accepted = Atomic<Int>(0)

    var connections: Int { accepted.load(ordering: .relaxed) }

    init(_ serve: @escaping @Sendable (TestSocket) -> Void) {
        let (descriptor, port) = TestSocket.listener(blocking: true)
        listener = descriptor
        self.port = port
        _ = LoopThread.start { [weak self] in
            while true {
                let made = accept(descriptor, nil, nil)
                // Closed here and nowhere else: its number may be the next listener's, which this thread must not serve.
                guard made >= 0 else {
                    close(descriptor)
                    return
                }
                self?.accepted.wrappingAdd(1, ordering: .relaxed)
                let socket = TestSocket(descriptor: made)
                _ = LoopThread.start {
                    serve(socket)
                    socket.close()
                }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
    }
}
