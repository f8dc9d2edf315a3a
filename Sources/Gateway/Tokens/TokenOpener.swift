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
        /// What is stored of its key is damaged: nothing is said of the token.
        case keyDamaged
    }

    /// What the forms have said so far of a token that none of them opens.
    private struct Misses {
        private var first: JOSEError?
        private var isOfDamagedKey = false
        private let limits: TokenLimits

        init(_ limits: TokenLimits) { self.limits = limits }

        /// Notes why a form does not open it. False: it is of this form, and there is nothing more to look for.
        mutating func note(_ error: JOSEError, _ token: Span<UInt8>, _ form: TokenKeys.Form) -> Bool {
            guard error.code == .keyNotFound || error.code == .contentEncryptionNotAllowed else { return false }
            first = first ?? error
            guard error.code == .keyNotFound, !form.keys.damaged.isEmpty, let kid = encryptionKeyID(of: token, limits)
            else {
                return true
            }
            isOfDamagedKey = isOfDamagedKey || form.keys.mayBeOfDamagedKey(encryptionKeyID: kid)
            return true
        }

        var failure: Failure { failure(or: JOSEError(.keyNotFound, "no form is accepted")) }

        func failure(or error: JOSEError) -> Failure { isOfDamagedKey ? .keyDamaged : .token(first ?? error) }
    }

    /// What came of opening a token on a loop.
    enum FastResult {
        case opened(OpenedToken)
        case failed(Failure)
        /// Its key is known, and must not be used on a loop.
        case needsJob(TokenKeys.Workplace)
    }

    /// Opens a token if that is quick.
    static func openFast(_ token: Span<UInt8>, keys: TokenKeys) -> FastResult {
        var misses = Misses(keys.limits)
        for form in keys.forms {
            do throws(JOSEError) {
                if form.isQuick { return .opened(try open(token, form, keys.limits)) }
                let locked = try locate(token, form, keys.limits)
                return .needsJob(form.keys.held[locked.encryptionKeyID] == nil ? .thread : .device)
            } catch {
                guard misses.note(error, token, form) else { return .failed(.token(error)) }
            }
        }
        return .failed(misses.failure)
    }

    /// Opens a token with an API's keys, however long it takes; what needs a device fails with `decryption-failed`.
    static func open(_ token: Span<UInt8>, keys: TokenKeys) throws(Failure) -> OpenedToken {
        var misses = Misses(keys.limits)
        for form in keys.forms {
            do throws(JOSEError) {
                return try open(token, form, keys.limits)
            } catch {
                guard misses.note(error, token, form) else { throw .token(error) }
            }
        }
        throw misses.failure
    }

    /// Opens a token whose key a device has or has sealed.
    static func openByDevice(_ token: [UInt8], keys: TokenKeys) async -> Result<OpenedToken, Failure> {
        // Forms that differ by what signs share the key that encrypts.
        let places = keys.forms.compactMap { form in
            (try? locate(token.span, form, keys.limits)).map { (form: form, locked: $0) }
        }
        if let (form, locked) = places.first, let held = form.keys.held[locked.encryptionKeyID] {
            do throws(HeldKey.Failure) {
                return .success(
                    try await held.open(locked, verificationKeys: places.map(\.form.keys.verification)))
            } catch {
                switch error {
                case .device(let error): return .failure(.device(error))
                case .token(let error):
                    var misses = Misses(keys.limits)
                    for (form, _) in places where !misses.note(error, token.span, form) { break }
                    return .failure(misses.failure(or: error))
                }
            }
        }
        // Its key has come in the meantime, or is gone.
        do throws(Failure) {
            return .success(try open(token.span, keys: keys))
        } catch {
            return .failure(error)
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

    /// The kid in a token's header, which anybody can have written.
    private static func encryptionKeyID(of token: Span<UInt8>, _ limits: TokenLimits) -> String? {
        let text = String(decoding: token.indices.map { token[$0] }, as: UTF8.self)
        let decoded = try? JWE.decodeUnverified(text, limits: limits)
        return decoded?.unverifiedValue.headers.first?.keyID
    }

    /// The refusal for a failed opening.
    static func refusal(_ failure: Failure) -> Refusal {
        switch failure {
        case .keyDamaged: Refusal(.keysUnavailable, at: .key, "key-damaged")
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
