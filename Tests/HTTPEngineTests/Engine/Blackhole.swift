import Glibc

@testable import HTTPEngine

/// A port that answers nothing: its listener's queue is full, so that the kernel drops every further SYN.
final class Blackhole: Sendable {
    let port: UInt16
    private let listener: Int32
    private let queued: [Int32]

    init() {
        let (descriptor, port) = TestSocket.listener(blocking: false, backlog: 0)
        listener = descriptor
        self.port = port
        queued = (0..<4).map { _ in
            let made = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            var address = TestSocket.loopback(port)
            _ = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(made, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            return made
        }
        usleep(20_000)
    }

    deinit {
        for descriptor in queued { close(descriptor) }
        close(listener)
    }
}
