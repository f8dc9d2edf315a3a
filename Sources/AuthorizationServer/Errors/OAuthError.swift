package import HTTPTypes
import Hummingbird
import JOSE

/// A refusal in the form of RFC 6749 section 5.2.
///
/// The caller sees `code` and a constant `description`; `reason` is for the operator's log. Both are free of secrets.
package struct OAuthError: Error, Sendable, Hashable {
    /// The registered error codes that this server uses.
    package enum Code: String, Sendable, CaseIterable {
        case invalidRequest = "invalid_request"
        case invalidClient = "invalid_client"
        case invalidGrant = "invalid_grant"
        case unauthorizedClient = "unauthorized_client"
        case unsupportedGrantType = "unsupported_grant_type"
        case invalidScope = "invalid_scope"
        /// RFC 8707 section 2.
        case invalidTarget = "invalid_target"
        /// The server can't do what it should: no key, no store.
        case serverError = "server_error"
        /// The server has too much to do, or a change that it has not loaded yet.
        case temporarilyUnavailable = "temporarily_unavailable"
    }

    package let code: Code
    /// What the caller is told; never depends on whether a client exists.
    package let description: String
    /// What the operator's log is told.
    package let reason: String
    /// The HTTP status.
    package let status: HTTPResponse.Status

    package init(
        _ code: Code, _ description: String, reason: String? = nil, status: HTTPResponse.Status? = nil
    ) {
        self.code = code
        self.description = description
        self.reason = reason ?? description
        self.status = status ?? Self.status(of: code)
    }

    /// 401 for a client that was not authenticated, whichever way it tried: RFC 6749 section 5.2 allows it for all
    /// ways and demands it for the Authorization field.
    private static func status(of code: Code) -> HTTPResponse.Status {
        switch code {
        case .invalidClient: .unauthorized
        case .serverError, .temporarilyUnavailable: .serviceUnavailable
        default: .badRequest
        }
    }

    /// The body of RFC 6749 section 5.2.
    var body: JSONValue { ["error": .string(code.rawValue), "error_description": .string(description)] }
}

extension OAuthError {
    /// The one answer to every failed authentication.
    ///
    /// - Parameter reason: for the log; says which check failed.
    static func invalidClient(_ reason: String) -> OAuthError {
        OAuthError(.invalidClient, "client authentication failed", reason: reason)
    }

    /// The one answer when something inside failed.
    static func serverError(_ reason: String) -> OAuthError {
        OAuthError(.serverError, "the server can't answer this request at the moment", reason: reason)
    }

    static let outOfDate = unavailable("a change is committed that could not be loaded")

    /// Something that the server needs does not answer, and may soon.
    static func unavailable(_ reason: String) -> OAuthError {
        OAuthError(
            .temporarilyUnavailable, "the server can't answer this request at the moment, try again later",
            reason: reason)
    }

    static let overloaded = OAuthError(.temporarilyUnavailable, "the server has too much to do, try again later")
}
