import ControlHTTP
import Glibc
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

@testable import AuthorizationServer

extension Issuer {
    /// Serves on a free loopback port for the time of `body`, then shuts down gracefully.
    func serve(_ body: @Sendable @escaping (Int) async throws -> Void) async throws {
        let (socket, port) = try Self.listeningSocket()
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let listener = ControlListener(socket: socket, responder: responder, logger: quiet)
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: listener), .init(service: server)], logger: quiet))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let result: Result<Void, any Error>
            do { result = .success(try await body(port)) } catch { result = .failure(error) }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try result.get()
        }
    }

    /// Posts a form over a connection of its own; returns the whole response as text.
    func postLive(_ port: Int, _ path: String, _ form: [(String, String)], basic: String) async throws -> String {
        let body = Self.encode(form)
        let head = [
            "POST \(path) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Connection: close",
            "Content-Type: application/x-www-form-urlencoded", "Content-Length: \(body.utf8.count)",
            "Authorization: \(Self.basic(basic, secret(basic)))",
        ]
        return try await Self.exchange(port, head.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    /// Sends `text` over a new connection and reads to its end.
    static func exchange(_ port: Int, _ text: String) async throws -> String {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text))
            var received = ""
            for try await chunk in inbound { received += String(buffer: chunk) }
            return received
        }
    }

    private static func listeningSocket() throws -> (socket: Int32, port: Int) {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(socket, generic, length) == 0 && listen(socket, 64) == 0
                    && getsockname(socket, generic, &length) == 0
            }
        }
        guard socket >= 0, bound else { throw IOError(errnoCode: errno, reason: "no listening socket") }
        return (socket, Int(UInt16(bigEndian: address.sin_port)))
    }
}
