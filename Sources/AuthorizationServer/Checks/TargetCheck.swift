import ControlHTTP
import Resources

/// Which API a token is asked for (RFC 8707).
enum TargetCheck {
    /// The form's parameter; it may come several times by RFC 8707, here it may not name several APIs.
    static let parameter = "resource"

    /// - Returns: the API named by the only `resource`, or without one the only API of the client.
    /// - Throws: `invalid_target`.
    static func api(
        _ form: FormParameters, client: AuthenticatedClient, snapshot: IssuerSnapshot
    ) throws(OAuthError) -> APIResource {
        let resources = form.all(parameter)
        guard resources.count <= 1 else {
            throw OAuthError(.invalidTarget, "a token is for one resource; several were named")
        }
        guard let resource = resources.first else { return try onlyAPI(of: client, snapshot) }
        // A resource that exists but is not the client's is answered like one that does not exist.
        guard let api = snapshot.api(audience: resource), client.client.spec.scopes(at: api.name) != nil else {
            throw OAuthError(.invalidTarget, "this client may not get tokens for that resource")
        }
        return api
    }

    private static func onlyAPI(
        of client: AuthenticatedClient, _ snapshot: IssuerSnapshot
    ) throws(OAuthError) -> APIResource {
        let names = client.client.spec.apis.map(\.api)
        guard names.count == 1, let api = names.first.flatMap({ snapshot.resources.apis[$0] }) else {
            throw OAuthError(.invalidTarget, "resource is required: this client has no single API")
        }
        return api
    }
}
