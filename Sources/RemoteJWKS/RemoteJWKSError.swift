/// Why a remote key set gave no key.
public struct RemoteJWKSError: Error, Sendable, Hashable {
    /// The closed list of reasons. Raw values are stable: programs and operators match on them.
    public enum Code: String, Sendable, CaseIterable {
        // What the caller has given
        case urlInvalid = "url-invalid"
        case configurationInvalid = "configuration-invalid"
        case destinationRefused = "destination-refused"

        // What the set says
        case keyNotFound = "key-not-found"
        case keyAmbiguous = "key-ambiguous"

        // Why there is no set
        case addressRefused = "address-refused"
        case nameUnknown = "name-unknown"
        case unreachable = "unreachable"
        case certificateUntrusted = "certificate-untrusted"
        case tlsFailed = "tls-failed"
        case timeout = "timeout"
        case redirectRefused = "redirect-refused"
        case statusUnexpected = "status-unexpected"
        case responseTooLarge = "response-too-large"
        case responseBroken = "response-broken"
        case setInvalid = "set-invalid"
        case fetchLimited = "fetch-limited"
        case closed
    }

    /// The stable, documented code.
    public let code: Code

    /// What was expected and what came, for an operator's log. Never a body or a token.
    public let reason: String

    /// Makes an error.
    public init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    /// Whether nothing can be said about the key at the moment: a later attempt may find it, and a server answers 503.
    /// False when the set does not have the key, which refuses the token, and for what is wrong from the start.
    public var isUnavailable: Bool {
        switch code {
        case .urlInvalid, .configurationInvalid, .destinationRefused, .keyNotFound, .keyAmbiguous: false
        default: true
        }
    }
}

extension RemoteJWKSError: CustomStringConvertible {
    /// `code: reason`.
    public var description: String { "\(code.rawValue): \(reason)" }
}
