import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A peer on the loopback that answers every connection's first octets with the same octets, or never.
final class CannedServer: Sendable {
    enum Behaviour: Sendable {
        case answer(String)
        case answerAndStay(String)
        case silence
    }

    let port: Int
    private let channel: any Channel
    private let accepted: Counter

    /// - Parameter identity: the file of the server's certificate and key; nil for no TLS.
    init(_ behaviour: Behaviour, identity: String? = nil) async throws {
        let tls = try identity.map(Self.context)
        let accepted = Counter()
        self.accepted = accepted
        channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                accepted.value.add(1, ordering: .relaxed)
                return channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(Answerer(behaviour))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    var url: String { "http://127.0.0.1:\(port)" }

    /// Connections accepted until now.
    var connections: Int { accepted.value.load(ordering: .relaxed) }

    private final class Counter: Sendable {
        let value = Atomic(0)
    }

    /// The file's octets, from the certificates that tests share.
    static func certificate(_ name: String) throws -> [UInt8] {
        let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return Array(try Data(contentsOf: directory.appendingPathComponent("Fixtures/tls/\(name).pem")))
    }

    private static func context(_ name: String) throws -> NIOSSLContext {
        let pem = try certificate(name)
        return try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: NIOSSLCertificate.fromPEMBytes(pem).map { .certificate($0) },
                privateKey: .privateKey(NIOSSLPrivateKey(bytes: pem, format: .pem))))
    }

    func close() async { try? await channel.close() }

    private final class Answerer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let behaviour: Behaviour

        init(_ behaviour: Behaviour) { self.behaviour = behaviour }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch behaviour {
            case .silence: break
            case .answerAndStay(let text):
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            case .answer(let text):
                let channel = context.channel
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text))).whenComplete { _ in
                    channel.close(promise: nil)
                }
            }
        }
    }
}
