import ControlHTTP
import Hummingbird
import JOSE
import KeyManagement
import Resources
import Store

/// `/oauth/introspect` (RFC 7662), also for tokens that only gateways can read: they are known by their digest.
///
/// Everything goes to the introspectors that the API's owner named. The token's own client learns whether it is active
/// and until when, which it was told at issue anyway. Anyone else learns nothing, not even that the token exists
/// (section 4).
struct IntrospectionEndpoint: Sendable {
    let handler: OAuthRequestHandler
    let issuer: String
    let tokens: IssuedTokens
    let clock: WallClock

    func respond(_ request: Request, _ context: ControlContext) async -> Response {
        await handler.respond(.introspect, request, context) { checked in
            guard let text = checked.form["token"] else { throw OAuthError(.invalidRequest, "token is required") }
            let answer = try await answer(text, to: checked.client, checked.snapshot)
            handler.metrics.introspected(active: answer["active"] == true)
            return .json(.object(answer), headers: [.cacheControl: "no-store"])
        }
    }

    private static let inactive: JSONObject = ["active": false]

    private func answer(
        _ text: String, to client: AuthenticatedClient, _ snapshot: IssuerSnapshot
    ) async throws -> JSONObject {
        guard let digest = TokenDigest(presented: text), var token = try await tokens.find(digest),
            token.expiresAt > clock.now().seconds
        else { return Self.inactive }
        let introspectors = snapshot.resources.apis[token.api]?.spec.introspectors ?? []
        let isIntrospector = introspectors.contains(client.id)
        // Before anything is judged: not even an error tells others of the token.
        guard isIntrospector || token.client == client.id, let scope = try snapshot.scope(of: token) else {
            return Self.inactive
        }
        token.scope = scope
        return isIntrospector ? full(token) : ["active": true, "exp": .integer(token.expiresAt)]
    }

    private func full(_ token: IssuedToken) -> JSONObject {
        var answer: JSONObject = [
            "active": true, "iss": .string(issuer), "sub": .string(token.subject), "aud": .string(token.audience),
            "client_id": .string(token.client), "exp": .integer(token.expiresAt), "iat": .integer(token.issuedAt),
            "jti": .string(token.jti), "token_type": "Bearer",
        ]
        if !token.scope.isEmpty { answer["scope"] = .string(token.scope) }
        return answer
    }
}
