/// The error codes that callers of the gateway and of the admin API see.
///
/// A code is part of the contract: programs branch on it, so a code is never renamed and never changes its status. The
/// precise reason behind a code stays in the operator's log. `docs/errors.md` is generated from this registry.
package enum ProblemCode: String, Sendable, CaseIterable {
    // The credential (gateway).
    case tokenMissing = "token-missing"
    case tokenInvalid = "token-invalid"
    case tokenExpired = "token-expired"
    case tokenRevoked = "token-revoked"
    case audienceMismatch = "audience-mismatch"
    case proofRequired = "proof-required"
    case proofInvalid = "proof-invalid"
    case scopeInsufficient = "scope-insufficient"
    case subscriptionRequired = "subscription-required"

    // The request (gateway, and the admin API where it fits).
    case requestMalformed = "request-malformed"
    case routeNotFound = "route-not-found"
    case requestTimeout = "request-timeout"
    case bodyTooLarge = "body-too-large"
    case headTooLarge = "head-too-large"
    case rateLimited = "rate-limited"
    case quotaExceeded = "quota-exceeded"

    // What stands behind the gateway.
    case upstreamBroken = "upstream-broken"
    case upstreamUnreachable = "upstream-unreachable"
    case keysUnavailable = "keys-unavailable"
    case overloaded = "overloaded"
    case upstreamTimeout = "upstream-timeout"
    case loopDetected = "loop-detected"

    // The admin API and the control listener; the gateway has `methodNotAllowed` too.
    case unauthenticated = "unauthenticated"
    case notPermitted = "not-permitted"
    case notFound = "not-found"
    case resourceNotFound = "resource-not-found"
    case methodNotAllowed = "method-not-allowed"
    case conflict = "conflict"
    case preconditionFailed = "precondition-failed"
    case unsupportedMediaType = "unsupported-media-type"
    case hostNotServed = "host-not-served"
    case resourceInvalid = "resource-invalid"
    case internalError = "internal"
}

extension ProblemCode {
    /// Who answers with a code.
    package enum Surface: String, Sendable {
        /// The data path.
        case gateway
        /// The admin API and the rest of the control listener.
        case control
        /// Both.
        case both
    }

    /// The HTTP status that always goes with the code.
    package var status: Int { entry.status }

    /// A short English phrase for people; the same for every occurrence (RFC 9457 section 3.1.4).
    package var title: String { entry.title }

    /// What the code means and what the caller can do, for the documentation.
    package var meaning: String { entry.meaning }

    /// Which listener answers with the code.
    package var surface: Surface { entry.surface }

    /// The RFC 9457 problem type: a URN that names the code, not a page to fetch.
    package var type: String { "urn:signet:problem:\(rawValue)" }
}
