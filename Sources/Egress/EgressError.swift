/// Why an outbound request brought no answer.
package struct EgressError: Error, Sendable, Hashable {
    /// What went wrong, for programs.
    package enum Code: String, Sendable, CaseIterable {
        /// The URL is not an absolute http or https URL.
        case urlInvalid = "url-invalid"
        /// A field or the body of the request can't be sent.
        case requestInvalid = "request-invalid"
        /// The certificates to trust can't be read.
        case trustInvalid = "trust-invalid"
        /// The policy allows neither the scheme nor the port.
        case destinationRefused = "destination-refused"
        /// The host's address is not one that the policy allows.
        case addressRefused = "address-refused"
        /// The host's name has no address.
        case nameUnknown = "name-unknown"
        /// No connection could be made: nothing listens there, or the network is away.
        case unreachable = "unreachable"
        /// The peer's certificate is not trusted here, has expired, or is for another name.
        case certificateUntrusted = "certificate-untrusted"
        /// The TLS handshake failed otherwise: version, algorithm, or no TLS at all.
        case tlsFailed = "tls-failed"
        /// The whole exchange took longer than its time limit.
        case timeout = "timeout"
        /// The peer's answer is longer than the limit.
        case responseTooLarge = "response-too-large"
        /// The peer closed the connection early, or did not speak HTTP.
        case responseBroken = "response-broken"
        /// The caller gave up.
        case cancelled
    }

    package let code: Code
    /// What was expected and what came; no secret, no body.
    package let reason: String

    package init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }
}

extension EgressError: CustomStringConvertible {
    package var description: String { "\(code.rawValue): \(reason)" }
}
