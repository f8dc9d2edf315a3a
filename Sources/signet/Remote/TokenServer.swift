import Egress
import JOSE

/// Finds out where the clients of a server get their tokens.
enum TokenServer {
    /// The server itself if it has an authorization server, which describes itself there (RFC 8414); else, where the
    /// management API has a listener of its own, the issuer.
    ///
    /// - Parameter issuer: what the management API says; nil: it says nothing.
    static func url(_ server: String, issuer: String?) async -> String {
        guard let issuer, issuer != server, WebOrigin(issuer) != nil else { return server }
        let metadata = EgressRequest("GET", "\(server)/.well-known/oauth-authorization-server")
        let response = try? await EgressClient(policy: .operatorChosen).send(metadata)
        guard let response, response.status == 200, let object = try? JSONValue(parsing: response.body) else {
            return issuer
        }
        return object["issuer"]?.stringValue == issuer ? server : issuer
    }
}
