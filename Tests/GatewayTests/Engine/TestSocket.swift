import Glibc

/// Blocking loopback sockets for tests, with a bound on every wait.
struct TestSocket: Sendable {
    let descriptor: Int32

    struct Failure: Error {
        var call: String
        var code: Int32
    }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    /// A listener on a free port, or on `port` beside others of the same port.
    static func listener(port: UInt16 = 0, nonBlocking: Bool) throws -> (socket: TestSocket, port: UInt16) {
        let type = Int32(SOCK_STREAM.rawValue) | (nonBlocking ? Int32(SOCK_NONBLOCK.rawValue) : 0)
        let descriptor = socket(AF_INET, type, 0)
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = address(port)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0, listen(descriptor, 128) == 0 else { throw Failure(call: "listen", code: errno) }
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return (TestSocket(descriptor: descriptor), UInt16(bigEndian: address.sin_port))
    }

    static func connect(_ port: UInt16) throws -> TestSocket {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = address(port)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failure(call: "connect", code: errno) }
        var wait = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        return TestSocket(descriptor: descriptor)
    }

    func accept() -> TestSocket? {
        let accepted = Glibc.accept(descriptor, nil, nil)
        return accepted < 0 ? nil : TestSocket(descriptor: accepted)
    }

    func write(_ text: String) {
        var octets = Array(text.utf8)[...]
        while !octets.isEmpty {
            let count = octets.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            octets = octets.dropFirst(count)
        }
    }

    /// What comes next; empty at the end, nil on a reset or after ten seconds.
    func read() -> String? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
    }

    /// Reads until the text holds `mark`, or the end.
    func read(until mark: String) -> String {
        var text = ""
        while !text.contains(mark) {
            guard let more = read(), !more.isEmpty else { break }
            text += more
        }
        return text
    }

    /// Reads one message with a Content-Length.
    func message() -> String {
        let text = read(until: "\r\n\r\n")
        guard let end = text.firstRange(of: "\r\n\r\n") else { return text }
        let length =
            text[..<end.lowerBound].split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
            .flatMap { Int($0.split(separator: ":")[1].trimmingPrefix(" ")) } ?? 0
        var whole = text
        while whole[end.upperBound...].utf8.count < length {
            guard let more = read(), !more.isEmpty else { break }
            whole += more
        }
        return whole
    }

    func close() { _ = Glibc.close(descriptor) }
}
