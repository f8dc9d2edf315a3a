/// One error answer: an RFC 9457 problem document with a stable code.
///
/// Nothing in it may tell more than the caller may know: a refused token's precise reason belongs to the log, and a
/// 5xx says no more than its code and the request's id.
package struct Problem: Error, Sendable, Equatable {
    /// One fault among several, with its place.
    package struct Fault: Sendable, Equatable {
        /// Where: a path such as `spec.routes[0].path`, or empty for the whole.
        package var path: String
        /// What was expected and what came. Never a secret.
        package var message: String
        /// The place in a document, `FILE:LINE`, where there is one.
        package var location: String?

        /// Makes a fault.
        package init(path: String, message: String, location: String? = nil) {
            self.path = path
            self.message = message
            self.location = location
        }
    }

    /// The stable code; it decides status and title.
    package var code: ProblemCode
    /// What is particular to this occurrence (RFC 9457 section 3.1.4); never a secret.
    package var detail: String?
    /// The request's id, under which the operator's log has more.
    package var requestID: String?
    /// Every fault that was found, for `resource-invalid`.
    package var faults: [Fault]

    /// Makes a problem.
    package init(_ code: ProblemCode, detail: String? = nil, requestID: String? = nil, faults: [Fault] = []) {
        self.code = code
        self.detail = detail
        self.requestID = requestID
        self.faults = faults
    }

    /// The media type of `json()`.
    package static let mediaType = "application/problem+json"

    /// The HTTP status.
    package var status: Int { code.status }

    /// The document in UTF-8. A 5xx leaves `detail` out: what went wrong inside is not the caller's.
    package func json() -> [UInt8] {
        var writer = JSONText()
        writer.open("{")
        writer.member("type", code.type)
        writer.member("title", code.title)
        writer.member("status", code.status)
        writer.member("code", code.rawValue)
        if let detail, status < 500 { writer.member("detail", detail) }
        if let requestID { writer.member("request_id", requestID) }
        if !faults.isEmpty {
            writer.name("errors")
            writer.open("[")
            for fault in faults {
                writer.open("{")
                writer.member("path", fault.path)
                writer.member("message", fault.message)
                if let location = fault.location { writer.member("location", location) }
                writer.close("}")
            }
            writer.close("]")
        }
        writer.close("}")
        return writer.bytes
    }
}
