package import KeyManagement

/// What tokens of an API are held against: what it is called now, and the keys that it accepts now.
package struct APIStanding: Sendable {
    package let name: String
    package let audience: String
    /// The keys of the present policy, then those of earlier ones whose tokens have not all expired.
    package let keys: [FormKeys]

    package init(name: String, audience: String, keys: [FormKeys]) {
        self.name = name
        self.audience = audience
        self.keys = keys
    }

    /// An API as it is stored, with the keys that were loaded with it.
    package init(_ api: APIResource, keys: LoadedKeys) {
        self.init(
            name: api.name, audience: api.spec.audience, keys: keys.acceptedKeys(of: api.name, present: api.form))
    }

    /// Whether a token that is made like this would be opened.
    package func opens(_ recipe: TokenRecipe) -> Bool {
        recipe.audience.utf8.elementsEqual(audience.utf8)
            && keys.contains { form in
                form.form.content == recipe.content
                    && form.include(encryptionKeyID: recipe.encryptionKeyID, signingKeyID: recipe.signingKeyID)
            }
    }
}
