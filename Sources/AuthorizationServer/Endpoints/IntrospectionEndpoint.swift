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
        guard let digest = TokenDigest(presented: text), let token = try await tokens.find(digest),
            TokenLife.isActive(token, now: clock.now().seconds, snapshot: snapshot)
        else { return Self.inactive }
        let introspectors = snapshot.resources.apis[token.api]?.spec.introspectors ?? []
        if introspectors.contains(client.id) { return full(token) }
        if token.client == client.id { return ["active": true, "exp": .integer(token.expiresAt)] }
        return Self.inactive
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

/// Whether an issued token would still be taken by a gateway.
enum TokenLife {
    /// - Parameter now: unix time in seconds.
    static func isActive(_ token: IssuedToken, now: Int64, snapshot: IssuerSnapshot) -> Bool {
        guard token.expiresAt > now else { return false }
        // The API is gone or is another one by now; the client is gone, turned off or has lost the API.
        guard let api = snapshot.resources.apis[token.api], api.spec.audience.utf8.elementsEqual(token.audience.utf8),
            let client = snapshot.client(token.client), !client.spec.isDisabled,
            client.spec.scopes(at: token.api) != nil
        else { return false }
        guard
            [token.signingKeyID, token.encryptionKeyID].allSatisfy({ snapshot.keys.state(kid: $0)?.opensTokens == true }
            )
        else { return false }
        return snapshot.revocations.hit(
            jti: token.jti, family: token.family, subject: token.subject, client: token.client, api: token.api,
            signingKeyID: token.signingKeyID, encryptionKeyID: token.encryptionKeyID, issuedAt: token.issuedAt) == nil
    }
}
