import Logging

/// One refusal for the operator's log: what the client was told, and why in truth.
///
/// It never holds a token, a credential or a claim beyond the client's and key's names.
package struct RefusalRecord: Sendable, Equatable {
    package var requestID: RequestID
    /// The outside code that the client was given.
    package var code: String
    /// The precise reason, for the operator only.
    package var reason: String
    /// The checks that were made, in order, the failed one last.
    package var trail: [String]
    package var status: Int
    package var api: String
    package var client: String
    package var method: String
    /// The peer's address as text.
    package var peer: String
    /// The URL of the upstream that it is about; empty for what is not about one.
    package var upstream: String

    package init(
        requestID: RequestID, code: String, reason: String, trail: [String] = [], status: Int, api: String = "",
        client: String = "", method: String = "", peer: String = "", upstream: String = ""
    ) {
        self.requestID = requestID
        self.code = code
        self.reason = reason
        self.trail = trail
        self.status = status
        self.api = api
        self.client = client
        self.method = method
        self.peer = peer
        self.upstream = upstream
    }

    /// Our own fault or an upstream's, rather than the client's.
    var isFault: Bool { status >= 500 }

    var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = [
            "request_id": "\(requestID)", "code": "\(code)", "reason": "\(reason)", "status": "\(status)",
        ]
        if !trail.isEmpty { metadata["trail"] = .array(trail.map { "\($0)" }) }
        for (name, value) in [
            ("api", api), ("client", client), ("method", method), ("peer", peer),
            ("upstream", upstream),
        ] where !value.isEmpty {
            metadata[name] = "\(value)"
        }
        return metadata
    }
}
