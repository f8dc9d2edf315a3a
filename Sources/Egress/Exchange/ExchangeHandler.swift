import NIOCore
import NIOHTTP1

/// Sends a request when the connection stands, and gathers the answer; then another one, if the connection is kept.
final class ExchangeHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// Where a connection goes between two exchanges.
    struct Keeping: Sendable {
        let connections: KeptConnections
        let peer: KeptConnections.Peer
    }

    private struct Exchange {
        let request: OutboundRequest
        let promise: EventLoopPromise<EgressResponse?>
        /// Whether others went before it on this connection.
        var isFollowing = false
        var head: HTTPResponseHead?
        var body: [UInt8] = []
    }

    private let limits: EgressLimits
    private let wire: WireLimit
    private let keeping: Keeping?
    private var exchange: Exchange?
    private var isConnected = false
    private var context: ChannelHandlerContext?
    private var kept: KeptConnection?
    private var rest: Scheduled<Void>?

    init(
        _ request: OutboundRequest, _ limits: EgressLimits, _ wire: WireLimit, _ keeping: Keeping?,
        _ promise: EventLoopPromise<EgressResponse?>
    ) {
        self.limits = limits
        self.wire = wire
        self.keeping = keeping
        exchange = Exchange(request: request, promise: promise)
    }

    /// Sends another request, on the event loop.
    func begin(_ request: OutboundRequest, _ promise: EventLoopPromise<EgressResponse?>) {
        rest?.cancel()
        rest = nil
        guard exchange == nil, let context, context.channel.isActive else { return promise.succeed(nil) }
        exchange = Exchange(request: request, promise: promise, isFollowing: true)
        wire.reset()
        send(request, context)
    }

    private func send(_ request: OutboundRequest, _ context: ChannelHandlerContext) {
        // Under TLS these wait until the peer has shown whose it is.
        context.write(wrapOutboundOut(.head(request.head)), promise: nil)
        if let body = request.body { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    // MARK: The channel's events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if let keeping { kept = KeptConnection(keeping.peer, context.channel, self) }
    }

    func channelActive(context: ChannelHandlerContext) {
        isConnected = true
        if let exchange { send(exchange.request, context) }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // What nobody asked for ends the connection.
        guard let exchange else { return context.close(promise: nil) }
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.exchange?.head = head
            guard head.status != .switchingProtocols else {
                return fail(EgressError(.responseBroken, "the peer changes to a protocol that was not asked for"))
            }
            // Told in advance: nothing of the body needs to be read.
            let announced = head.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
            if announced > limits.responseBytes, exchange.request.head.method != .HEAD { fail(tooLarge) }
        case .body(let part):
            guard part.readableBytes <= limits.responseBytes - exchange.body.count else { return fail(tooLarge) }
            self.exchange?.body.append(contentsOf: part.readableBytesView)
        case .end:
            guard let head = exchange.head else { return }
            self.exchange = nil
            if !head.isKeepAlive || !keep(context) { context.close(promise: nil) }
            exchange.promise.succeed(
                EgressResponse(
                    status: Int(head.status.code), fields: head.headers.map { (name: $0.name, value: $0.value) },
                    body: exchange.body))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(EgressError(exchanging: error))
        if exchange == nil { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(EgressError(.responseBroken, "the peer closed the connection early"))
        leave()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        fail(EgressError(.responseBroken, "the connection ended early"))
        leave()
        self.context = nil
    }

    // MARK: Between exchanges

    /// Puts the connection where the next exchange finds it; it ends when none comes for a while.
    private func keep(_ context: ChannelHandlerContext) -> Bool {
        guard let keeping, let kept, keeping.connections.put(kept) else { return false }
        let channel = context.channel
        rest = context.eventLoop.scheduleTask(in: TimeAmount(limits.keptIdle)) { channel.close(promise: nil) }
        return true
    }

    private func leave() {
        rest?.cancel()
        rest = nil
        if let kept { keeping?.connections.remove(kept) }
        kept = nil
    }

    // MARK: Failures

    private var tooLarge: EgressError {
        EgressError(.responseTooLarge, "the answer is longer than \(limits.responseBytes) octets")
    }

    /// Does nothing when the answer is complete. The connection is closed when the promise is failed.
    ///
    /// Why no connection came about is told by the attempt: the end of its pipeline would tell less, and hide that
    /// another address may be tried.
    private func fail(_ error: EgressError) {
        guard isConnected, let exchange else { return }
        self.exchange = nil
        // The peer may have ended a connection that waited, and never seen this request.
        if exchange.isFollowing, exchange.head == nil, error.code == .responseBroken {
            exchange.promise.succeed(nil)
            context?.close(promise: nil)
        } else {
            exchange.promise.fail(error)
        }
    }
}
