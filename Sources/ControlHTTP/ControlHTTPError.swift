/// Why a request was refused before its handler could judge it.
///
/// Handlers of OAuth endpoints map it to an RFC 6749 body; everywhere else it becomes a problem document.
package struct ControlHTTPError: Error, Sendable, Hashable {
    /// What went wrong, for programs.
    package enum Code: String, Sendable, CaseIterable {
        /// The body is longer than the endpoint takes.
        case bodyTooLarge = "body-too-large"
        /// The body did not arrive in time, or the peer went away.
        case bodyIncomplete = "body-incomplete"
        /// `Content-Type` is not the one that the endpoint takes.
        case mediaTypeUnsupported = "media-type-unsupported"
        /// The form or query is not well-formed.
        case formMalformed = "form-malformed"
        /// A parameter came twice (RFC 6749 sections 3.1 and 3.2).
        case parameterRepeated = "parameter-repeated"
        /// The body is not a JSON document that the endpoint takes.
        case jsonMalformed = "json-malformed"
        /// There is no Host, or several, or it can't be parsed (RFC 9112 section 3.2).
        case hostMalformed = "host-malformed"
        /// Host names another server (RFC 9110 section 15.5.20).
        case hostUnknown = "host-unknown"
        /// Nothing is at this path.
        case pathUnknown = "path-unknown"
        /// The path exists, but not for this method.
        case methodNotAllowed = "method-not-allowed"
    }

    package let code: Code
    /// What was expected and what came; never a value that may be secret.
    package let reason: String

    package init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    /// The HTTP status of this refusal.
    package var status: Int {
        switch code {
        case .bodyTooLarge: 413
        case .bodyIncomplete: 408
        case .mediaTypeUnsupported: 415
        case .formMalformed, .parameterRepeated, .jsonMalformed, .hostMalformed: 400
        case .hostUnknown: 421
        case .pathUnknown: 404
        case .methodNotAllowed: 405
        }
    }
}
