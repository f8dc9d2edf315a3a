import JOSE
import KeyManagement
import Problems

/// Decrypts and verifies, and says what a failure means.
///
/// The kids of a token are looked up in each form that its API accepts, the present one first; a key is used only for a
/// kid that names it, so nothing is tried. Forms are kept apart because a signature and a MAC never share a directory.
enum TokenOpener {
    /// What came of opening a token on a loop.
    enum FastResult {
        case opened(OpenedToken)
        case failed(JOSEError)
        /// If anything can open it, then a form that is slow.
        case needsJob
    }

    /// Opens a token if that is quick.
    static func openFast(_ token: Span<UInt8>, keys: TokenKeys) -> FastResult {
        do throws(JOSEError) {
            return .opened(try open(token, keys: keys, slow: false))
        } catch {
            return isElsewhere(error) && keys.forms.contains(where: \.isSlow) ? .needsJob : .failed(error)
        }
    }

    /// Opens a token with an API's keys, however long it takes.
    static func open(_ token: Span<UInt8>, keys: TokenKeys) throws(JOSEError) -> OpenedToken {
        try open(token, keys: keys, slow: true)
    }

    private static func open(
        _ token: Span<UInt8>, keys: TokenKeys, slow: Bool
    ) throws(JOSEError) -> OpenedToken {
        var first: JOSEError?
        for form in keys.forms where slow || !form.isSlow {
            do throws(JOSEError) {
                return try NestedToken.open(
                    token, decryptionKeys: form.keys.decryption, verificationKeys: form.keys.verification,
                    contentEncryption: form.content, limits: keys.limits)
            } catch {
                guard isElsewhere(error) else { throw error }
                first = first ?? error
            }
        }
        throw first ?? JOSEError(.keyNotFound, "no form is accepted")
    }

    /// Whether the token may have another form: this one does not have its kids, or not its content encryption.
    private static func isElsewhere(_ error: JOSEError) -> Bool {
        error.code == .keyNotFound || error.code == .contentEncryptionNotAllowed
    }

    /// The refusal for a failed opening. Everything before the signature holds has one outside code: which of the
    /// steps failed would tell a forger how far he got. The reason is for the log.
    static func refusal(_ error: JOSEError) -> Refusal {
        let stage: Refusal.Stage =
            switch error.code {
            case .keyNotFound, .keyAmbiguous, .keyInvalid, .keyMismatch, .keyUseMismatch: .key
            case .decryptionFailed: .decrypt
            case .signatureInvalid, .unsecuredInner: .verify
            case .claimMissing, .claimInvalid: .claims
            default: .form
            }
        return Refusal(.tokenInvalid, at: stage, error.code.rawValue, detail: error.reason)
    }
}
