import Resources

/// What is kept of a token that was issued.
struct IssuedToken: Sendable {
    var digest: TokenDigest
    var jti: String
    /// The API's name and, since that may change, the audience that the token has.
    var api: String
    var audience: String
    var client: String
    var subject: String
    /// The scopes with single spaces between them.
    var scope: String
    var family: String?
    var signingKeyID: String
    var encryptionKeyID: String
    /// The claims `iat` and `exp`, in seconds.
    var issuedAt: Int64
    var expiresAt: Int64

    /// What it is judged by.
    var facts: TokenFacts {
        TokenFacts(
            jwtID: jti, family: family, subject: subject, client: client, audience: audience,
            signingKeyID: signingKeyID, encryptionKeyID: encryptionKeyID, issuedAt: issuedAt)
    }
}
