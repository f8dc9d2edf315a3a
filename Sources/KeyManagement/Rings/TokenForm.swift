package import JOSE
package import Store

/// How the tokens of an API are made: signed by one ring, encrypted to another, with one content encryption.
///
/// What an API accepts is a form as a whole. A signature of a ring that the API does not name counts for nothing there,
/// whatever else the issuer signs with it.
package struct TokenForm: Hashable, Sendable {
    /// The issuer's ring, or for MACs the API's own.
    package let signing: RingSpec
    /// The API's own ring.
    package let encryption: RingSpec
    package let content: ContentEncryptionAlgorithm

    package init(signing: RingSpec, encryption: RingSpec, content: ContentEncryptionAlgorithm) {
        self.signing = signing
        self.encryption = encryption
        self.content = content
    }
}

/// A form that an API's tokens had under an earlier policy.
package struct SupersededForm: Hashable, Sendable {
    /// The API's name.
    package let api: String
    package let form: TokenForm
    /// When the last token of this form has surely expired; until then the API accepts it.
    package let opensUntil: Timestamp
}

/// The keys that open the tokens of one form.
package struct FormKeys: Sendable {
    package let form: TokenForm
    package let decryption: KeyDirectory<DecryptionKey>
    package let verification: KeyDirectory<VerificationKey>
    /// Where the keys are that ``decryption`` only recognises tokens by.
    package let held: [String: HeldKey]
    /// The kids of its keys that are stored, in use and damaged: of a token that one of them made it can't be told whether
    /// it is good.
    package let damaged: DamagedKeyIDs

    package init(
        form: TokenForm, decryption: KeyDirectory<DecryptionKey>, verification: KeyDirectory<VerificationKey>,
        held: [String: HeldKey] = [:], damaged: DamagedKeyIDs = DamagedKeyIDs()
    ) {
        self.damaged = damaged
        self.held = held
        self.form = form
        self.decryption = decryption
        self.verification = verification
    }

    /// Whether a token made with these two versions has this form.
    package func include(encryptionKeyID: String, signingKeyID: String) -> Bool {
        decryption[encryptionKeyID] != nil && verification[signingKeyID] != nil
    }

    /// Whether a token may be good although a key of it was not found here: that key is damaged. Which key signed it is told
    /// only by what was decrypted.
    ///
    /// - Parameter encryptionKeyID: the key that it says it is for.
    package func mayBeOfDamagedKey(encryptionKeyID: String) -> Bool {
        damaged.encryption.contains(encryptionKeyID)
            || !damaged.signing.isEmpty && decryption[encryptionKeyID] != nil
    }
}

/// The kids of a form's damaged keys, by what they are for.
package struct DamagedKeyIDs: Sendable, Hashable {
    package var encryption: Set<String> = []
    package var signing: Set<String> = []

    package init(encryption: Set<String> = [], signing: Set<String> = []) {
        (self.encryption, self.signing) = (encryption, signing)
    }

    package var isEmpty: Bool { encryption.isEmpty && signing.isEmpty }
}
