import JOSE
import KeyManagement

/// The keys that can open one API's tokens, form by form, and where that has to be done.
struct TokenKeys: Sendable {
    /// One form of the API's tokens.
    struct Form: Sendable {
        let keys: FormKeys
        let content: Set<ContentEncryptionAlgorithm>
        /// Opening takes so long that it would hold up a loop: it is done on a job thread.
        let isSlow: Bool

        /// Whether a loop can open every token of this form.
        var isQuick: Bool { !isSlow && keys.held.isEmpty }
    }

    /// Where a token is opened that a loop does not open.
    enum Workplace: Hashable, Sendable {
        /// On a thread of ours.
        case thread
        /// In a device, while nothing here waits.
        case device
    }

    /// The present form first. A token's kids belong to one of them; it is a matter of that one's algorithms and keys alone
    /// where it is opened.
    let forms: [Form]
    /// The longest token, and the bounds of what is in it.
    let limits: TokenLimits

    init(_ forms: [FormKeys], maximumTokenBytes: Int) {
        self.forms = forms.map { Form(keys: $0, content: [$0.form.content], isSlow: Self.isSlow($0.form)) }
        limits = TokenLimits(tokenBytes: maximumTokenBytes, headerBytes: TokenLimits.accessToken.headerBytes)
    }

    /// RSA takes about a millisecond per private operation, ML-DSA half of one to verify, and the larger curves and
    /// secp256k1 have no fast code in the libraries that we use; everything else is far below 200 µs.
    private static func isSlow(_ form: TokenForm) -> Bool {
        if ["P-384", "P-521", "X448"].contains(form.encryption.curve) { return true }
        let encryption = KeyManagementAlgorithm(rawValue: form.encryption.algorithm)
        if encryption.map(slowEncryption.contains) ?? false { return true }
        let signing = SignatureAlgorithm(rawValue: form.signing.algorithm)
        return signing.map(slowSigning.contains) ?? false
    }

    private static let slowEncryption: Set<KeyManagementAlgorithm> = [
        .rsaOAEP, .rsaOAEP256, .rsaOAEP384, .rsaOAEP512,
    ]
    private static let slowSigning: Set<SignatureAlgorithm> = [
        .es384, .es512, .es256K, .ed448, .mlDSA65, .mlDSA87,
    ]
}
