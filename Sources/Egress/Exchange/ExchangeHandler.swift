import NIOCore
import NIOHTTP1

/// Sends one request when the connection stands, and gathers the answer.
final class ExchangeHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let request: OutboundRequest
    private let limits: EgressLimits
    private let promise: EventLoopPromise<EgressResponse>
    private var isConnected = false
    private var head: HTTPResponseHead?
    private var body: [UInt8] = []

    init(_ request: OutboundRequest, _ limits: EgressLimits, _ promise: EventLoopPromise<EgressResponse>) {
        self.request = request
        self.limits = limits
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        isConnected = true
        // Under TLS these wait until the peer has shown whose it is.
        context.write(wrapOutboundOut(.head(request.head)), promise: nil)
        if let body = request.body { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard head.status != .switchingProtocols else {
                return fail(EgressError(.responseBroken, "the peer changes to a protocol that was not asked for"))
            }
            self.head = head
            // Told in advance: nothing of the body needs to be read.
            let announced = head.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
            if announced > limits.responseBytes, request.head.method != .HEAD { fail(tooLarge) }
        case .body(let part):
            guard part.readableBytes <= limits.responseBytes - body.count else { return fail(tooLarge) }
            body.append(contentsOf: part.readableBytesView)
        case .end:
            guard let head else { return }
            promise.succeed(
                EgressResponse(
                    status: Int(head.status.code), fields: head.headers.map { (name: $0.name, value: $0.value) },
                    body: body))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(EgressError(exchanging: error))
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(EgressError(.responseBroken, "the peer closed the connection early"))
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        fail(EgressError(.responseBroken, "the connection ended early"))
    }

    private var tooLarge: EgressError {
        EgressError(.responseTooLarge, "the answer is longer than \(limits.responseBytes) octets")
    }

    /// Does nothing when the answer is complete. The connection is closed when the promise is fulfilled.
    ///
    /// Why no connection came about is told by the attempt: the end of its pipeline would tell less, and hide that
    /// another address may be tried.
    private func fail(_ error: EgressError) {
        guard isConnected else { return }
        promise.fail(error)
    }
}
