/// One outbound request.
package struct EgressRequest: Sendable {
    /// The method, in capitals.
    package var method: String
    /// An absolute http or https URL.
    package var url: String
    /// Header fields in order. Host, Connection and Content-Length are added.
    package var fields: [(name: String, value: String)]
    /// The whole body; nil for none.
    package var body: [UInt8]?
    /// Whether the peer may get it twice. Only such a request goes over a connection that was kept: when that one turns out
    /// to have ended, nobody knows whether the peer has read the request, and it is sent again over a new one.
    package var isRepeatable = false

    package init(
        _ method: String, _ url: String, fields: [(name: String, value: String)] = [], body: [UInt8]? = nil
    ) {
        self.method = method
        self.url = url
        self.fields = fields
        self.body = body
    }
}

/// The answer to an outbound request: any status, redirects (3xx) included, which are never followed.
package struct EgressResponse: Sendable {
    /// The status code.
    package let status: Int
    /// Header fields in order, as they came.
    package let fields: [(name: String, value: String)]
    /// The whole body, within ``EgressLimits/responseBytes``.
    package let body: [UInt8]

    package init(status: Int, fields: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// The first value of a field; its name in any case.
    package subscript(field name: String) -> String? {
        let wanted = name.lowercased()
        return fields.first { $0.name.lowercased() == wanted }?.value
    }
}
