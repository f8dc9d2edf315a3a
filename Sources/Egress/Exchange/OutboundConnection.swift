import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// A new connection to one address, for one exchange, or for others after it if it is kept.
struct OutboundConnection {
    let address: SocketAddress
    /// Nil for http.
    let tls: NIOSSLContext?
    /// The name that the peer's certificate must have; nil when it must have the address.
    let serverName: String?
    let limits: EgressLimits
    let connectTimeout: TimeAmount
    /// Where it is kept afterwards; nil when it ends with the exchange.
    let keeping: ExchangeHandler.Keeping?

    /// Connects, sends, and completes the promise with the answer. When the promise is failed, the connection ends.
    func exchange(_ request: OutboundRequest, into promise: EventLoopPromise<EgressResponse?>) {
        let (tls, serverName, limits, keeping) = (tls, serverName, limits, keeping)
        var decoding = NIOHTTPDecoderLimitConfiguration()
        decoding.maxHeaderListSize = limits.headBytes
        decoding.maxHeaderFieldSize = min(decoding.maxHeaderFieldSize, limits.headBytes)
        ClientBootstrap(group: promise.futureResult.eventLoop)
            .connectTimeout(connectTimeout)
            .channelInitializer { [decoding] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: serverName))
                    }
                    // What carries the message is bounded too: chunks can have extensions, and answers can come
                    // before the answer.
                    let wire = WireLimit(octets: 2 * (limits.headBytes + limits.responseBytes))
                    try pipeline.addHandler(wire)
                    try pipeline.addHTTPClientHandlers(
                        position: .last, encoderConfiguration: .init(), decoderLimitConfiguration: decoding)
                    try pipeline.addHandler(ExchangeHandler(request, limits, wire, keeping, promise))
                }
            }
            .connect(to: address)
            .whenComplete { result in
                switch result {
                case .success(let channel): promise.futureResult.whenFailure { _ in channel.close(promise: nil) }
                case .failure(let error): promise.fail(EgressError(connecting: error))
                }
            }
    }
}
