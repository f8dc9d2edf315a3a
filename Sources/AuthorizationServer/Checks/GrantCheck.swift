import ControlHTTP
import Resources

/// Which grant is asked for, and whether the client may use it.
enum GrantCheck {
    /// - Throws: `invalid_request` without `grant_type`, `unsupported_grant_type`, `unauthorized_client`.
    static func grant(
        _ form: FormParameters, client: AuthenticatedClient
    ) throws(OAuthError) -> ClientSpec.Grant {
        guard let name = form["grant_type"] else { throw OAuthError(.invalidRequest, "grant_type is required") }
        guard let grant = ClientSpec.Grant.allCases.first(where: { $0.rawValue.utf8.elementsEqual(name.utf8) }) else {
            throw OAuthError(.unsupportedGrantType, "this server does not know that grant_type")
        }
        guard client.client.spec.grants.contains(grant) else {
            throw OAuthError(.unauthorizedClient, "this client is not registered for that grant_type")
        }
        return grant
    }
}
