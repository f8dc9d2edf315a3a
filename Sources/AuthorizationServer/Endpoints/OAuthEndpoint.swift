import ControlHTTP
import Hummingbird
import Logging

/// The endpoints that answer errors as RFC 6749 does.
enum OAuthEndpoint: String, Sendable, CaseIterable {
    case token
    case introspect
    case revoke

    /// Where the endpoint is below the issuer.
    var path: String { "/oauth/\(rawValue)" }
}

/// What the OAuth endpoints share: the snapshot, the form, the client, and how an error leaves.
struct OAuthRequestHandler: Sendable {
    let cell: LoadedCell<IssuerSnapshot>
    let authenticator: ClientAuthenticator
    let metrics: IssuerMetrics

    /// One request after the checks that all endpoints begin with.
    struct Checked: Sendable {
        let form: FormParameters
        let client: AuthenticatedClient
        let snapshot: IssuerSnapshot
    }

    /// Answers a request: reads the form, authenticates the client, then does what the endpoint does.
    func respond(
        _ endpoint: OAuthEndpoint, _ request: Request, _ context: ControlContext,
        _ answer: (Checked) async throws -> Response
    ) async -> Response {
        do {
            let checked = try await check(request, context, for: endpoint)
            return try await answer(checked)
        } catch {
            let refusal = OAuthError(error)
            metrics.refused(refusal.code, at: endpoint)
            context.logger.log(
                level: refusal.status.code >= 500 ? .error : .info, "an OAuth request was refused",
                metadata: [
                    "endpoint": .string(endpoint.rawValue), "error": .string(refusal.code.rawValue),
                    "reason": .string(refusal.reason),
                ])
            return refusal.response()
        }
    }

    private func check(
        _ request: Request, _ context: ControlContext, for endpoint: OAuthEndpoint
    ) async throws -> Checked {
        guard let present = cell.current else { throw OAuthError.serverError("the server has not started") }
        // Giving up a token is always safe; granting one, or vouching for one, is not while a change is missing.
        guard let snapshot = endpoint == .revoke ? present : cell.upToDate else { throw OAuthError.outOfDate }
        // Parameters belong into the body: a secret in a URL ends up in logs (RFC 6749 section 2.3.1).
        guard (request.uri.query ?? "").isEmpty else {
            throw OAuthError(.invalidRequest, "parameters belong into the body, not into the query")
        }
        let form = try await request.readForm(repeatable: [TargetCheck.parameter], context: context)
        let client = try await authenticator.authenticate(request, form, snapshot: snapshot)
        return Checked(form: form, client: client, snapshot: snapshot)
    }
}
