package import JOSE

/// What a token is about to be made of.
package struct TokenRecipe: Sendable, Hashable {
    /// The API's name.
    package let api: String
    package let audience: String
    package let signingKeyID: String
    package let encryptionKeyID: String
    package let content: ContentEncryptionAlgorithm

    package init(
        api: String, audience: String, signingKeyID: String, encryptionKeyID: String,
        content: ContentEncryptionAlgorithm
    ) {
        self.api = api
        self.audience = audience
        self.signingKeyID = signingKeyID
        self.encryptionKeyID = encryptionKeyID
        self.content = content
    }
}
