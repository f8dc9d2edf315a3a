/// What is known of a token that was issued, from its claims or from the record of its issue.
package struct TokenFacts: Sendable {
    /// The `jti` claim.
    package let jwtID: String
    /// The name of all tokens of one grant; nil when there is but one.
    package let family: String?
    /// The `sub` claim.
    package let subject: String
    /// The `client_id` claim.
    package let client: String
    /// The `aud` claim.
    package let audience: String
    package let signingKeyID: String
    package let encryptionKeyID: String
    /// The `iat` claim in seconds.
    package let issuedAt: Int64

    package init(
        jwtID: String, family: String?, subject: String, client: String, audience: String, signingKeyID: String,
        encryptionKeyID: String, issuedAt: Int64
    ) {
        self.jwtID = jwtID
        self.family = family
        self.subject = subject
        self.client = client
        self.audience = audience
        self.signingKeyID = signingKeyID
        self.encryptionKeyID = encryptionKeyID
        self.issuedAt = issuedAt
    }
}
