import JOSE
import Problems

/// Decrypts and verifies, and says what a failure means.
enum TokenOpener {
    /// Opens a token with an API's keys by the rules of design section 3.
    static func open(_ token: Span<UInt8>, keys: TokenKeys) throws(JOSEError) -> OpenedToken {
        try NestedToken.open(
            token, decryptionKeys: keys.decryption, verificationKeys: keys.verification,
            contentEncryption: [keys.content], limits: keys.limits)
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
