/// How a message's content is delimited (RFC 9112 section 6).
package enum BodyFraming: Hashable, Sendable {
    /// There is no content.
    case none
    /// Exactly so many octets.
    case length(Int64)
    case chunked
    /// Until the connection closes; responses only.
    case untilClose
}
