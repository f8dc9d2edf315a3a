import NIOCore
import NIOHTTPTypes

/// Tells ``OpenConnections`` when a connection's request has arrived whole, and when its answer is out.
final class RequestWatch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let connections: OpenConnections
    /// Requests that have arrived and are not answered; below zero while an answer comes before its request's end.
    private var unanswered = 0

    init(_ connections: OpenConnections) {
        self.connections = connections
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .end = unwrapInboundIn(data) { change(by: 1, context) }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { change(by: -1, context) }
        context.write(data, promise: promise)
    }

    private func change(by difference: Int, _ context: ChannelHandlerContext) {
        unanswered += difference
        connections.mark(context.channel, isWaiting: unanswered <= 0)
    }
}
