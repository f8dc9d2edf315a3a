import JOSE
import KeyManagement

/// The keys that can open one API's tokens, form by form, and whether that is too slow for a loop.
struct TokenKeys: Sendable {
    /// One form of the API's tokens.
    struct Form: Sendable {
        let keys: FormKeys
        let content: Set<ContentEncryptionAlgorithm>
        /// Opening takes so long that it would hold up a loop: it is done on a job thread.
        let isSlow: Bool
    }

    /// The present form first. A token's kids belong to one of them; it is a matter of that one's algorithms alone
    /// whether its opening is slow.
    let forms: [Form]
    /// The longest token, and the bounds of what is in it.
    let limits: TokenLimits

    init(_ forms: [FormKeys], maximumTokenBytes: Int) {
        self.forms = forms.map { Form(keys: $0, content: [$0.form.content], isSlow: Self.isSlow($0.form)) }
        limits = TokenLimits(tokenBytes: maximumTokenBytes, headerBytes: TokenLimits.accessToken.headerBytes)
    }

    /// RSA takes about a millisecond per private operation, and the larger curves have no fast code in the library that
    /// we use; everything else is far below 200 µs.
    private static func isSlow(_ form: TokenForm) -> Bool {
        let encryption = KeyManagementAlgorithm(rawValue: form.encryption.algorithm)
        if encryption == .rsaOAEP || encryption == .rsaOAEP256 { return true }
        if form.encryption.curve == "P-384" || form.encryption.curve == "P-521" { return true }
        let signing = SignatureAlgorithm(rawValue: form.signing.algorithm)
        return signing == .es384 || signing == .es512
    }
}
