import Glibc
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

@testable import ControlHTTP

/// A listener on a free loopback port for the time of one test.
enum LiveServer {
    /// Runs `body` with the port of a listener that serves `responder`, then shuts the listener down gracefully.
    ///
    /// - Returns: how long the shutdown took.
    @discardableResult
    static func run(
        _ responder: ControlResponder, limits: ControlListener.Limits = .init(),
        _ body: @Sendable @escaping (Int) async throws -> Void
    ) async throws -> Duration {
        let (socket, port) = try listeningSocket()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let listener = ControlListener(socket: socket, responder: responder, limits: limits, logger: logger)
        let group = ServiceGroup(configuration: .init(services: [.init(service: listener)], logger: logger))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let result: Result<Void, any Error>
            do { result = .success(try await body(port)) } catch { result = .failure(error) }
            let start = ContinuousClock.now
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try result.get()
            return ContinuousClock.now - start
        }
    }

    /// A socket that listens on a free port of 127.0.0.1.
    static func listeningSocket() throws -> (socket: Int32, port: Int) {
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

/// A raw TCP connection: what goes in and comes out is what is on the wire.
struct RawConnection {
    private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>

    static func open(_ port: Int) async throws -> RawConnection {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return RawConnection(channel: channel)
    }

    /// Sends `pieces` one after the other and reads until `done` is satisfied, the peer closes, or time is up.
    ///
    /// - Returns: everything that was read, and whether the peer closed.
    func exchange(
        _ pieces: [String], pause: Duration = .zero, timeout: Duration = .seconds(5),
        until done: @Sendable @escaping (String) -> Bool = { _ in false }
    ) async throws -> (text: String, closed: Bool) {
        let raw = channel.channel
        let alarm = raw.eventLoop.scheduleTask(in: TimeAmount(timeout)) { raw.close(promise: nil) }
        return try await channel.executeThenClose { inbound, outbound in
            for piece in pieces {
                try await outbound.write(ByteBuffer(string: piece))
                if pause > .zero { try await Task.sleep(for: pause) }
            }
            var text = ""
            do {
                for try await chunk in inbound {
                    text += String(buffer: chunk)
                    if done(text) {
                        alarm.cancel()
                        return (text, false)
                    }
                }
            } catch is IOError {
                // A reset ends the reading as a close does; the text tells what came before.
            }
            alarm.cancel()
            return (text, true)
        }
    }

    /// One request on a connection of its own.
    static func request(_ port: Int, _ text: String) async throws -> String {
        try await open(port).exchange([text]).text
    }
}
