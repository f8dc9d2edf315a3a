import HTTPTypes
import Hummingbird
import HummingbirdCore
package import Logging
package import NIOCore
import NIOHTTPTypes
import NIOPosix
import ServiceLifecycle

/// Serves a ``ControlResponder`` on a socket that already listens.
///
/// The supervisor opens the sockets and hands them to its workers, so that a worker's end loses no connection attempt;
/// Hummingbird's own `Application` can only bind by name.
package struct ControlListener: Service {
    /// The bounds of a listener.
    package struct Limits: Sendable {
        /// The most open connections. A further one takes the place of the one that has kept the server waiting
        /// longest; while all are at an answer, it is refused with 503.
        package var connections = 1024
        /// How long a connection may stay without a complete request.
        package var idleTimeout: TimeAmount = .seconds(60)
        /// The most octets of a request's head.
        package var headBytes = 32 * 1024
        /// How long answers may take after shutdown was asked for.
        package var drainTimeout: Duration = .seconds(10)
        /// How long a peer may go on sending after an answer that ends the connection. Closing at once would reset
        /// the connection, and the peer might never see the answer.
        package var lingerTimeout: TimeAmount = .seconds(2)

        package init() {}
    }

    private let socket: Int32
    private let responder: ControlResponder
    private let limits: Limits
    private let group: any EventLoopGroup
    private let logger: Logger

    /// - Parameters:
    ///   - socket: a TCP socket that listens. The listener owns it from ``run()`` on and closes it.
    ///   - group: runs the connections; the process's shared event loops unless said otherwise.
    package init(
        socket: Int32, responder: ControlResponder, limits: Limits = Limits(),
        group: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup, logger: Logger
    ) {
        self.socket = socket
        self.responder = responder
        self.limits = limits
        self.group = group
        self.logger = logger
    }

    /// Serves until graceful shutdown or cancellation.
    package func run() async throws {
        let connections = OpenConnections(limit: limits.connections)
        let protocolHandler = makeProtocolHandler(connections)
        let logger = self.logger
        let server = try await ServerBootstrap(group: group)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            // Of TCP: at the socket's own level this number is SO_DEBUG, which takes a privilege.
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .bind(socket) { channel in
                connections.enter(channel)
                return protocolHandler.setup(channel: channel, logger: logger)
            }
        await withGracefulShutdownHandler {
            await serve(server, connections, protocolHandler)
        } onGracefulShutdown: {
            server.channel.close(promise: nil)
            connections.drain()
            server.channel.eventLoop.scheduleTask(in: TimeAmount(limits.drainTimeout)) { connections.closeAll() }
        }
    }

    private func serve(
        _ server: NIOAsyncChannel<HTTP1Channel.Value, Never>, _ connections: OpenConnections, _ handler: HTTP1Channel
    ) async {
        let logger = self.logger
        await withDiscardingTaskGroup { tasks in
            do {
                try await server.executeThenClose { accepted in
                    for try await connection in accepted {
                        guard connections.admit(connection.channel) else {
                            tasks.addTask { try? await Self.refuse(connection) }
                            continue
                        }
                        tasks.addTask { await handler.handle(value: connection, logger: logger) }
                    }
                }
            } catch {
                logger.error("a control listener stopped accepting", metadata: ["error": .string("\(error)")])
            }
        }
    }

    private static func refuse(_ connection: HTTP1Channel.Value) async throws {
        try await connection.executeThenClose { _, outbound in
            let fields: HTTPFields = [.connection: "close", .contentLength: "0", .retryAfter: "1"]
            try await outbound.write(.head(HTTPResponse(status: .serviceUnavailable, headerFields: fields)))
            try await outbound.write(.end(nil))
        }
    }

    private func makeProtocolHandler(_ connections: OpenConnections) -> HTTP1Channel {
        let configuration = HTTP1Channel.Configuration(
            additionalChannelHandlers: [RequestWatch(connections)], idleTimeout: limits.idleTimeout,
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: limits.headBytes, maxHeaderListSize: limits.headBytes, maxHeaderFieldCount: 128))
        let (responder, logger, linger) = (self.responder, self.logger, limits.lingerTimeout)
        return HTTP1Channel(
            responder: { request, writer, channel in
                if request.headers[.expect]?.lowercased() == "100-continue" {
                    try await writer.writeInformationalHead(HTTPResponse(status: .continue))
                }
                let context = ControlContext(source: ControlRequestSource(channel: channel, logger: logger))
                let response = try await responder.respond(to: request, context: context)
                let ends = response.headers[.connection] == "close"
                try await writer.write(response: response.head, body: response.body)
                if ends { channel.eventLoop.scheduleTask(in: linger) { channel.close(promise: nil) } }
            }, configuration: configuration)
    }
}
