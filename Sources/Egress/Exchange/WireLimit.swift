import NIOCore

/// Ends a connection whose peer sends more than a number of octets for one exchange, whatever they are.
final class WireLimit: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let octets: Int
    private var remaining: Int

    init(octets: Int) {
        self.octets = octets
        remaining = octets
    }

    /// Another exchange begins.
    func reset() { remaining = octets }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let octets = unwrapInboundIn(data).readableBytes
        guard octets <= remaining else {
            context.fireErrorCaught(EgressError(.responseTooLarge, "the peer sends more than any answer may have"))
            context.close(promise: nil)
            return
        }
        remaining -= octets
        context.fireChannelRead(data)
    }
}
