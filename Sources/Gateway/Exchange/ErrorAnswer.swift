import HTTPEngine
import Monitoring
import Problems

/// The answers that the gateway makes itself: RFC 9457 documents with the challenges of RFC 6750.
enum ErrorAnswer {
    /// - Parameters:
    ///   - code: decides the status.
    ///   - stage: the check of the guard that failed, if one did.
    ///   - scope: what the route needs, for `scope-insufficient`.
    static func response(
        _ code: ProblemCode, requestID: RequestID, stage: Refusal.Stage? = nil, scope: String = "", closes: Bool = false
    ) -> ImmediateResponse {
        let id = requestID.description
        let problem = Problem(code, requestID: id)
        var fields = [
            ResponseField("Content-Type", Problem.mediaType),
            ResponseField("Cache-Control", "no-store"),
            ResponseField("X-Request-Id", id),
        ]
        if let challenge = challenge(code, stage: stage, scope: scope) {
            fields.append(ResponseField("WWW-Authenticate", challenge))
        }
        if code == .methodNotAllowed { fields.append(ResponseField("Allow", RequestMethod.allowed)) }
        if code == .overloaded || code == .keysUnavailable { fields.append(ResponseField("Retry-After", "1")) }
        return ImmediateResponse(status: code.status, fields: fields, body: problem.json(), closesConnection: closes)
    }

    /// RFC 6750 section 3: no error code when there was no credential; else what kind of failure, never why.
    static func challenge(_ code: ProblemCode, stage: Refusal.Stage? = nil, scope: String) -> String? {
        switch code.status {
        case 400 where stage == .credential: return "Bearer realm=\"signet\", error=\"invalid_request\""
        case 401 where code == .tokenMissing: return "Bearer realm=\"signet\""
        case 401: return "Bearer realm=\"signet\", error=\"invalid_token\", error_description=\"\(code.title)\""
        case 403 where code == .scopeInsufficient:
            return "Bearer realm=\"signet\", error=\"insufficient_scope\", scope=\"\(scope)\""
        default: return nil
        }
    }

    /// The outside code for what the engine reports.
    static func code(for failure: ExchangeFailure) -> ProblemCode {
        switch failure {
        case .malformed, .versionNotSupported: .requestMalformed
        case .targetTooLong, .headTooLarge: .headTooLarge
        case .bodyTooLarge: .bodyTooLarge
        case .requestTimeout: .requestTimeout
        case .upstreamUnreachable: .upstreamUnreachable
        case .upstreamTimeout: .upstreamTimeout
        case .upstreamBroken: .upstreamBroken
        case .overloaded, .parkedTooLong: .overloaded
        case .aborted: .tokenRevoked
        case .filterFailed: .upstreamBroken
        }
    }

    /// Whether the connection can't go on after the failure: the rest of the request is unread or can't be found.
    static func closes(after failure: ExchangeFailure) -> Bool {
        switch failure {
        case .malformed, .versionNotSupported, .targetTooLong, .headTooLarge, .bodyTooLarge, .requestTimeout: true
        default: false
        }
    }

    /// The precise reason, for the log.
    static func reason(for failure: ExchangeFailure) -> String {
        switch failure {
        case .malformed(let reason): "malformed-\(reason.rawValue)"
        case .targetTooLong: "target-too-long"
        case .headTooLarge: "head-too-large"
        case .bodyTooLarge: "body-too-large"
        case .requestTimeout: "request-timeout"
        case .versionNotSupported: "version-not-supported"
        case .upstreamUnreachable: "upstream-unreachable"
        case .upstreamTimeout: "upstream-timeout"
        case .upstreamBroken: "upstream-broken"
        case .overloaded: "engine-overloaded"
        case .parkedTooLong: "token-job-too-slow"
        case .aborted: "token-revoked-while-open"
        case .filterFailed: "filter-failed"
        }
    }
}
