import ControlHTTP
import HTTPTypes
import Hummingbird
import Store

extension OAuthError {
    /// The response of RFC 6749 section 5.2.
    func response() -> Response {
        var headers: HTTPFields = [.cacheControl: "no-store", .pragma: "no-cache"]
        if code == .invalidClient {
            // RFC 9110 section 15.5.2 wants a challenge with every 401, RFC 6749 one that fits the scheme tried.
            headers[.wwwAuthenticate] = "Basic realm=\"signet\", charset=\"UTF-8\""
        }
        if code == .temporarilyUnavailable { headers[.retryAfter] = "1" }
        return .json(body, status: status, headers: headers)
    }

    /// Whatever an endpoint threw, as an OAuth error.
    init(_ error: any Error) {
        switch error {
        case let error as OAuthError:
            self = error
        case let error as ControlHTTPError:
            let status: HTTPResponse.Status = error.code == .bodyTooLarge ? .contentTooLarge : .badRequest
            self.init(.invalidRequest, error.reason, status: status)
        case let error as StoreError where error.code == .busy:
            self = .overloaded
        case let error as StoreError:
            self = .serverError(error.description)
        default:
            self = .serverError("\(error)")
        }
    }
}

extension HTTPField.Name {
    /// `Pragma`, which RFC 6749 section 5.1 asks for besides Cache-Control.
    static var pragma: HTTPField.Name { pragmaName }
    // The name is a constant token, so the initialiser can't fail; the alternative only satisfies the type.
    private static let pragmaName = HTTPField.Name("Pragma") ?? .cacheControl
}
