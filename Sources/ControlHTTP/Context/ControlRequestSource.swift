import Hummingbird
package import Logging
import NIOCore

/// Where a request came from: what ``ControlContext`` is made of.
///
/// Needs no channel, so that a test can drive the whole responder in memory.
package struct ControlRequestSource: RequestContextSource {
    /// The listener's logger; the context adds the request id.
    package let logger: Logger
    /// The peer's IP address without its port; nil when unknown.
    package let remoteAddress: String?

    /// A source for a request that came over no socket.
    package init(logger: Logger, remoteAddress: String? = nil) {
        self.logger = logger
        self.remoteAddress = remoteAddress
    }

    /// The source of requests that arrive on `channel`.
    init(channel: any Channel, logger: Logger) {
        self.init(logger: logger, remoteAddress: channel.remoteAddress?.ipAddress)
    }
}
