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

extension FieldFacts {
    /// Whether a 204 speaks of content all the same: what may follow would be taken for the next response.
    func framesNoContent(status: Int) -> Bool {
        status == 204 && (isChunked || (contentLength ?? 0) > 0)
    }
}

extension BodyFraming {
    /// A request's framing: no length and no coding means no content.
    static func ofRequest(_ facts: FieldFacts) -> BodyFraming {
        if facts.isChunked { return .chunked }
        guard let length = facts.contentLength else { return .none }
        return .length(length)
    }

    /// A response's framing; HEAD, 1xx, 204 and 304 have no content whatever the fields say.
    static func ofResponse(_ facts: FieldFacts, status: Int, toHead: Bool) -> BodyFraming {
        if toHead || status < 200 || status == 204 || status == 304 { return .none }
        if facts.isChunked { return .chunked }
        guard let length = facts.contentLength else { return .untilClose }
        return .length(length)
    }
}
