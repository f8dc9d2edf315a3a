import JOSE
import KeyManagement
import Problems

/// Decrypts and verifies, and says what a failure means.
///
/// The kids of a token are looked up in each form that its API accepts, the present one first; a key is used only for a
/// kid that names it, so nothing is tried. Forms are kept apart because a signature and a MAC never share a directory.
enum TokenOpener {
    /// Why a token was not opened.
    enum Failure: Error {
        /// The token is not good, or not for these keys.
        case token(JOSEError)
        /// The device that has the key can't open it now: nothing is said of the token.
        case device(ProviderError)
    }

    /// What came of opening a token on a loop.
    enum FastResult {
        case opened(OpenedToken)
        case failed(JOSEError)
        /// Its key is known, and must not be used on a loop.
        case needsJob(TokenKeys.Workplace)
    }

    /// Opens a token if that is quick.
    static func openFast(_ token: Span<UInt8>, keys: TokenKeys) -> FastResult {
        var first: JOSEError?
        for form in keys.forms {
            do throws(JOSEError) {
                if form.isQuick { return .opened(try open(token, form, keys.limits)) }
                let locked = try locate(token, form, keys.limits)
                return .needsJob(form.keys.held[locked.encryptionKeyID] == nil ? .thread : .device)
            } catch {
                guard isElsewhere(error) else { return .failed(error) }
                first = first ?? error
            }
        }
        return .failed(first ?? noForm)
    }

    /// Opens a token with an API's keys, however long it takes; what needs a device fails with `decryption-failed`.
    static func open(_ token: Span<UInt8>, keys: TokenKeys) throws(JOSEError) -> OpenedToken {
        var first: JOSEError?
        for form in keys.forms {
            do throws(JOSEError) {
                return try open(token, form, keys.limits)
            } catch {
                guard isElsewhere(error) else { throw error }
                first = first ?? error
            }
        }
        throw first ?? noForm
    }

    /// Opens a token whose key a device has or has sealed.
    static func openByDevice(_ token: [UInt8], keys: TokenKeys) async -> Result<OpenedToken, Failure> {
        for form in keys.forms {
            guard let locked = try? locate(token.span, form, keys.limits) else { continue }
            guard let held = form.keys.held[locked.encryptionKeyID] else { break }
            do throws(HeldKey.Failure) {
                return .success(try await held.open(locked, verificationKeys: form.keys.verification))
            } catch {
                switch error {
                case .device(let error): return .failure(.device(error))
                case .token(let error): return .failure(.token(error))
                }
            }
        }
        // Its key has come in the meantime, or is gone.
        do throws(JOSEError) {
            return .success(try open(token.span, keys: keys))
        } catch {
            return .failure(.token(error))
        }
    }

    private static func open(
        _ token: Span<UInt8>, _ form: TokenKeys.Form, _ limits: TokenLimits
    ) throws(JOSEError) -> OpenedToken {
        try NestedToken.open(
            token, decryptionKeys: form.keys.decryption, verificationKeys: form.keys.verification,
            contentEncryption: form.content, limits: limits)
    }

    private static func locate(
        _ token: Span<UInt8>, _ form: TokenKeys.Form, _ limits: TokenLimits
    ) throws(JOSEError) -> LockedToken {
        try NestedToken.locate(
            token, decryptionKeys: form.keys.decryption, contentEncryption: form.content, limits: limits)
    }

    private static let noForm = JOSEError(.keyNotFound, "no form is accepted")

    /// Whether the token may have another form: this one does not have its kids, or not its content encryption.
    private static func isElsewhere(_ error: JOSEError) -> Bool {
        error.code == .keyNotFound || error.code == .contentEncryptionNotAllowed
    }

    /// The refusal for a failed opening with these keys.
    static func refusal(_ failure: Failure, keys: TokenKeys) -> Refusal {
        switch failure {
        case .token(let error) where error.code == .keyNotFound && keys.areDamaged:
            Refusal(.keysUnavailable, at: .key, "key-damaged")
        case .token(let error): refusal(error)
        case .device(let error) where error.code == .throttled:
            Refusal(.overloaded, at: .decrypt, error.code.rawValue, detail: error.reason)
        case .device(let error): Refusal(.keysUnavailable, at: .decrypt, error.code.rawValue, detail: error.reason)
        }
    }

    /// The refusal for a token that is not good. Everything before the signature holds has one outside code: which of the
    /// steps failed would tell a forger how far he got. The reason is for the log.
    private static func refusal(_ error: JOSEError) -> Refusal {
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
