import ControlHTTP

/// The client acts for itself (RFC 6749 section 4.4).
enum ClientCredentials {
    static func authorize(
        _ form: FormParameters, client: AuthenticatedClient, snapshot: IssuerSnapshot
    ) throws(OAuthError) -> Authorization {
        let api = try TargetCheck.api(form, client: client, snapshot: snapshot)
        let scopes = try ScopeCheck.scopes(form, client: client, api: api)
        return Authorization(api: api, client: client, subject: client.id, scopes: scopes, family: nil)
    }
}
