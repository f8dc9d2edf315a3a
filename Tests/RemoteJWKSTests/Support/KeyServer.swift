import Foundation
import JOSE
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A publisher of key sets on the loopback, over TLS, that answers as a test tells it and counts.
final class KeyServer: Sendable {
    enum Reply: Sendable {
        case answer(Int, [(String, String)] = [], [UInt8] = [])
        /// The announced length, one octet every 50 ms.
        case drip
        case silence
    }

    typealias Answer = @Sendable (HTTPRequestHead) -> Reply

    private struct State {
        var answer: Answer
        var requests: [HTTPRequestHead] = []
    }

    let port: Int
    private let channel: any Channel
    private let state: Reference

    init(_ answer: @escaping Answer) async throws {
        let pem = try Self.certificate("localhost")
        let tls = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: NIOSSLCertificate.fromPEMBytes(pem).map { .certificate($0) },
                privateKey: .privateKey(NIOSSLPrivateKey(bytes: pem, format: .pem))))
        let state = Reference(answer)
        self.state = state
        channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(ChannelOptions.backlog, value: 256)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLServerHandler(context: tls))
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(Responder(state))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    var url: String { "https://localhost:\(port)/jwks" }

    /// What was asked until now.
    var requests: [HTTPRequestHead] { state.value.withLock { $0.requests } }

    func answer(_ answer: @escaping Answer) { state.value.withLock { $0.answer = answer } }

    func publish(_ set: [UInt8]) { answer { _ in .answer(200, [], set) } }

    func publish(_ key: JWK) { publish(Keys.set(key)) }

    func close() async { try? await channel.close() }

    /// The file's octets, from the certificates that tests share.
    static func certificate(_ name: String) throws -> [UInt8] {
        let tests = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return Array(try Data(contentsOf: tests.appendingPathComponent("Fixtures/tls/\(name).pem")))
    }

    private final class Reference: Sendable {
        let value: Mutex<State>
        init(_ answer: @escaping Answer) { value = Mutex(State(answer: answer)) }
    }

    private final class Responder: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        private let state: Reference

        init(_ state: Reference) { self.state = state }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .head(let head) = unwrapInboundIn(data) else { return }
            let answer = state.value.withLock { state in
                state.requests.append(head)
                return state.answer
            }
            switch answer(head) {
            case .silence: break
            case .drip:
                write(context, 200, [("Content-Length", "100000")], [])
                drip(context.channel)
            case .answer(let status, let fields, let body):
                write(context, status, fields + (status == 304 ? [] : [("Content-Length", "\(body.count)")]), body)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }

        private func write(
            _ context: ChannelHandlerContext, _ status: Int, _ fields: [(String, String)], _ body: [UInt8]
        ) {
            let head = HTTPResponseHead(
                version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: HTTPHeaders(fields))
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            if !body.isEmpty {
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
            }
            context.flush()
        }

        private func drip(_ channel: any Channel) {
            guard channel.isActive else { return }
            channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: " "))), promise: nil)
            channel.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(50)) { self.drip(channel) }
        }
    }
}
