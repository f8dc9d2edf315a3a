import Resources

/// What a grant allows: what the token will say. Only a grant's checks make one.
struct Authorization: Sendable {
    /// The API that the token is for.
    let api: APIResource
    /// Who asked.
    let client: AuthenticatedClient
    /// On whose behalf: a user, or for client_credentials the client itself (RFC 9068 section 2.2).
    let subject: String
    /// The scopes, each once.
    let scopes: [String]
    /// The name of all tokens that descend from one authorization; nil when there is but one.
    let family: String?
}
