package import ControlHTTP
import HTTPTypes
package import Hummingbird
import Problems
import Store

extension AuthorizationServer {
    /// Adds the OAuth endpoints and the public documents.
    package func addRoutes(to router: Router<ControlContext>) {
        let handler = OAuthRequestHandler(cell: cell, authenticator: authenticator, metrics: metrics)
        let token = TokenEndpoint(handler: handler, issuer: issuer)
        let introspection = IntrospectionEndpoint(
            handler: handler, issuer: configuration.issuer, tokens: tokens, clock: clock)
        let revocation = RevocationEndpoint(handler: handler, tokens: tokens, revocations: revocations, clock: clock)
        router.post(RouterPath(OAuthEndpoint.token.path)) { await token.respond($0, $1) }
        router.post(RouterPath(OAuthEndpoint.introspect.path)) { await introspection.respond($0, $1) }
        router.post(RouterPath(OAuthEndpoint.revoke.path)) { await revocation.respond($0, $1) }

        let metadata = ServerMetadata.document(issuer: configuration.issuer)
        router.publicDocument("/.well-known/oauth-authorization-server") { [clock] request, _ in
            metadata.response(to: request, now: clock.now())
        }
        router.publicDocument("/oauth/jwks") { [keySets, clock] request, _ in
            try Self.present(keySets).access.response(
                to: request, type: "application/jwk-set+json", now: clock.now())
        }
        router.publicDocument("/oauth/jwks/forward") { [keySets, clock] request, _ in
            try Self.present(keySets).forward.response(
                to: request, type: "application/jwk-set+json", now: clock.now())
        }
    }

    private static func present(_ cell: LoadedCell<KeySets>) throws(Problem) -> KeySets {
        guard let sets = cell.current else { throw Problem(.overloaded) }
        return sets
    }
}
