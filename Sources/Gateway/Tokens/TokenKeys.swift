import JOSE

/// The keys that can open one API's tokens, and whether that is too slow for a loop.
struct TokenKeys: Sendable {
    let decryption: KeyDirectory<DecryptionKey>
    /// The issuer's access-signing keys, or the API's own MAC keys.
    let verification: KeyDirectory<VerificationKey>
    let content: ContentEncryptionAlgorithm
    /// The longest token, and the bounds of what is in it.
    let limits: TokenLimits
    /// Opening takes so long that it would hold up a loop: it is done on a job thread.
    let isSlow: Bool

    init(
        decryption: KeyDirectory<DecryptionKey>, verification: KeyDirectory<VerificationKey>,
        content: ContentEncryptionAlgorithm, maximumTokenBytes: Int, isSlow: Bool
    ) {
        self.decryption = decryption
        self.verification = verification
        self.content = content
        limits = TokenLimits(tokenBytes: maximumTokenBytes, headerBytes: TokenLimits.accessToken.headerBytes)
        self.isSlow = isSlow
    }

    /// Whether one of the keys is slow to use. RSA takes about a millisecond per private operation, and the larger curves
    /// have no fast code in the library that we use; everything else is far below 200 µs. Keys of an old policy count
    /// too: a token names its key.
    static func areSlow(
        _ decryption: KeyDirectory<DecryptionKey>, _ verification: KeyDirectory<VerificationKey>, curve: String?
    ) -> Bool {
        if curve == "P-384" || curve == "P-521" { return true }
        return decryption.keys.contains { $0.algorithm == .rsaOAEP || $0.algorithm == .rsaOAEP256 }
            || verification.keys.contains { $0.algorithm == .es384 || $0.algorithm == .es512 }
    }
}
