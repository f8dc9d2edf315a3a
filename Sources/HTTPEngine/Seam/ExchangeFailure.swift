/// What went wrong before a response head was written; the handler turns it into an answer.
package enum ExchangeFailure: Hashable, Sendable {
    /// The head or the body's framing breaks RFC 9112: 400.
    case malformed(MalformedReason)
    /// The request target is longer than allowed: 414.
    case targetTooLong
    /// The head is larger, or has more fields, than allowed: 431.
    case headTooLarge
    /// The content is larger than `Forwarding.maxBodyBytes`: 413.
    case bodyTooLarge
    /// The request's head or content came too slowly: 408.
    case requestTimeout
    /// An HTTP version other than 1.0 and 1.1: 505.
    case versionNotSupported
    /// No address, or no connection: 502.
    case upstreamUnreachable
    /// Connecting or the response head took too long: 504.
    case upstreamTimeout
    /// The response is malformed or was cut short before its head was complete: 502.
    case upstreamBroken
    /// A bound of the engine is reached (parked exchanges, upstream connections): 503.
    case overloaded
    /// The off-loop work of a parked exchange missed its deadline: 503.
    case parkedTooLong
    /// `shouldAbort` said so: 401 or 403 by the handler's own knowledge.
    case aborted
    /// A body filter refused the content.
    case filterFailed

    /// Whether the upstream is to blame, or the way to it.
    package var isOfUpstream: Bool {
        switch self {
        case .upstreamUnreachable, .upstreamTimeout, .upstreamBroken: true
        default: false
        }
    }
}

/// Which rule a message broke. Raw values are stable and fit for logs.
package enum MalformedReason: String, Hashable, Sendable, CaseIterable {
    case requestLine = "request-line"
    case method = "method"
    case target = "target"
    case version = "version"
    case statusLine = "status-line"
    case bareCarriageReturnOrLineFeed = "bare-cr-or-lf"
    case fieldName = "field-name"
    case fieldValue = "field-value"
    case obsoleteFolding = "obs-fold"
    case hostMissing = "host-missing"
    case hostRepeated = "host-repeated"
    case hostInvalid = "host-invalid"
    case contentLengthInvalid = "content-length-invalid"
    case contentLengthRepeated = "content-length-repeated"
    case contentLengthWithTransferEncoding = "content-length-with-transfer-encoding"
    case transferEncodingUnknown = "transfer-encoding-unknown"
    case transferEncodingInOldVersion = "transfer-encoding-in-http-1.0"
    case expectation = "expectation"
    case chunkSize = "chunk-size"
    case chunkExtension = "chunk-extension"
    case chunkEnd = "chunk-end"
    case trailer = "trailer"
    case bodyEndedEarly = "body-ended-early"
}
