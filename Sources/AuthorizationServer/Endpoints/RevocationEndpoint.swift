import ControlHTTP
import HTTPTypes
import Hummingbird
import KeyManagement
import Resources
import Store

/// `/oauth/revoke` (RFC 7009): a client gives up its own token.
///
/// The answer leaves after the revocation is on the disk and every gateway of this process enforces it.
struct RevocationEndpoint: Sendable {
    let handler: OAuthRequestHandler
    let tokens: IssuedTokens
    let revocations: RevocationStore
    let clock: WallClock

    func respond(_ request: Request, _ context: ControlContext) async -> Response {
        await handler.respond(.revoke, request, context) { checked in
            guard let text = checked.form["token"] else { throw OAuthError(.invalidRequest, "token is required") }
            try await revoke(text, by: checked.client)
            return Response(status: .ok, headers: [.cacheControl: "no-store", .pragma: "no-cache"])
        }
    }

    /// A token that is unknown or has expired needs nothing (section 2.2); another client's is refused (section 2.1).
    private func revoke(_ text: String, by client: AuthenticatedClient) async throws {
        guard let digest = TokenDigest(presented: text), let token = try await tokens.find(digest) else { return }
        guard token.client == client.id else {
            throw OAuthError(
                .invalidGrant, "the token was not issued to this client",
                reason: "\(client.id) tried to revoke a token of \(token.client)")
        }
        guard token.expiresAt + KeyTimings.leeway > clock.now().seconds else { return }
        let expiry = Timestamp(seconds: token.expiresAt) + RevocationStore.slack
        try await revocations.revoke(
            Revocation(kind: .jti, value: token.jti, expiresAt: expiry, reason: "revoked by its client"),
            actor: "client \(client.id)")
        handler.metrics.revokedToken()
    }
}
