package import ControlHTTP
import HTTPTypes
package import Hummingbird
import Problems

extension AdminCredentials {
    /// The 401 for a request that does not carry the credential as Bearer (RFC 6750 section 3); nil when it does.
    package func refusal(of request: Request, _ context: ControlContext) -> Response? {
        let realm = "Bearer realm=\"signet-admin\""
        let fields = request.headers[values: .authorization]
        guard fields.count == 1, let field = fields.first, field.prefix(7).lowercased() == "bearer " else {
            return Self.refused("expected the admin credential as Authorization: Bearer", realm, context)
        }
        guard accepts(String(field.dropFirst(7))) else {
            return Self.refused("the admin credential is not valid", realm + ", error=\"invalid_token\"", context)
        }
        return nil
    }

    private static func refused(_ detail: String, _ challenge: String, _ context: ControlContext) -> Response {
        .problem(
            Problem(.unauthenticated, detail: detail), requestID: context.requestID,
            headers: [.wwwAuthenticate: challenge])
    }
}
