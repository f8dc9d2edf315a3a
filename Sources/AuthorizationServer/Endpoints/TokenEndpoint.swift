import ControlHTTP
import Hummingbird
import JOSE
import Resources

/// `/oauth/token` (RFC 6749 section 3.2): authenticate, find the grant, let it judge, issue.
struct TokenEndpoint: Sendable {
    let handler: OAuthRequestHandler
    let issuer: AccessTokenIssuer

    func respond(_ request: Request, _ context: ControlContext) async -> Response {
        let start = ContinuousClock.now
        return await handler.respond(.token, request, context) { checked in
            let token = try await issuer.issue(beginningWith: checked.snapshot) { try authorize(checked, by: $0) }
            handler.metrics.issuedToken(in: ContinuousClock.now - start)
            return Self.response(token)
        }
    }

    /// The one place that knows the grants.
    private func authorize(
        _ checked: OAuthRequestHandler.Checked, by snapshot: IssuerSnapshot
    ) throws(OAuthError) -> Authorization {
        let client = try checked.client.asKnown(by: snapshot)
        return switch try GrantCheck.grant(checked.form, client: client) {
        case .clientCredentials:
            try ClientCredentials.authorize(checked.form, client: client, snapshot: snapshot)
        }
    }

    /// The body of RFC 6749 section 5.1; `scope` is always said, not only when it differs from what was asked for.
    private static func response(_ token: AccessTokenIssuer.Token) -> Response {
        var body: JSONObject = [
            "access_token": .string(token.text), "token_type": "Bearer", "expires_in": .integer(token.lifetime),
        ]
        if !token.scope.isEmpty { body["scope"] = .string(token.scope) }
        return .json(.object(body), headers: [.cacheControl: "no-store", .pragma: "no-cache"])
    }
}
