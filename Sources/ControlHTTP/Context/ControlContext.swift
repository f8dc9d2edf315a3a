package import Hummingbird
import Logging
import Synchronization

/// What handlers of the control listeners know about a request besides the request itself.
package struct ControlContext: RequestContext {
    package typealias Source = ControlRequestSource

    /// Hummingbird's own part: route parameters, endpoint path, logger.
    package var coreContext: CoreRequestContextStorage
    /// The request's id: also in every line of ``logger`` and in the response.
    package private(set) var requestID: RequestID
    /// The peer's IP address without its port; nil when unknown. Never a forwarded one.
    package let remoteAddress: String?

    let body: BodyProgress

    package init(source: ControlRequestSource) {
        coreContext = CoreRequestContextStorage(source: source)
        requestID = RequestID()
        remoteAddress = source.remoteAddress
        body = BodyProgress()
        logger[metadataKey: "request_id"] = .string(requestID.description)
    }

    /// The text of ``requestID``.
    package var id: String { requestID.description }

    /// Whether the peer is on this machine (127.0.0.0/8 or ::1). False when its address is unknown. The peer may be a proxy
    /// that speaks for a stranger; see ``Request/isLocal(_:)``.
    var isFromLoopback: Bool {
        guard let remoteAddress else { return false }
        return remoteAddress == "::1" || remoteAddress.hasPrefix("127.") || remoteAddress.hasPrefix("::ffff:127.")
    }

    /// Takes over the caller's id, in place of the one made at the start.
    mutating func adopt(_ id: RequestID) {
        requestID = id
        logger[metadataKey: "request_id"] = .string(id.description)
    }
}

/// How far a request's body was read. A connection with an unread body is not used again.
final class BodyProgress: Sendable {
    private let wasRead = Atomic<Bool>(false)

    var isRead: Bool { wasRead.load(ordering: .relaxed) }

    func markRead() { wasRead.store(true, ordering: .relaxed) }
}
