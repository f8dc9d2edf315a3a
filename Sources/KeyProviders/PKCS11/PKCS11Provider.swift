package import JOSE
package import KeyManagement

/// Keys that never leave a PKCS#11 token: an AES-256 key that wraps by `CKM_AES_GCM`, with the context as associated data,
/// and key pairs of tokens.
package final class PKCS11Provider: KeyProvider {
    package let kind = PKCS11Provider.name
    package var capabilities: ProviderCapabilities {
        settings.key == nil ? .keys : [.wrapping, .authenticatedContext, .keys]
    }
    package var place: String { settings.place }
    /// The other sessions are left to what is used meanwhile.
    package var keysMadeAtOnce: Int { max(1, settings.sessions / 2) }

    private let settings: PKCS11Settings
    let token: Token
    let opener = ContentKeyOpener()
    private let calls: DeviceCalls
    private let blocking: BlockingCalls

    init(_ settings: PKCS11Settings, limits: BlockingCalls.Limits = BlockingCalls.Limits()) {
        self.settings = settings
        var limits = limits
        limits.lanes = settings.sessions
        token = Token(settings)
        var repetition = DeviceCalls.Limits()
        // A module that hangs keeps each attempt for its full time, and a start has a minute for all of them.
        repetition.attempts = 3
        calls = DeviceCalls(to: settings.place, limits: repetition)
        blocking = BlockingCalls(to: settings.place, limits: limits)
    }

    package var statistics: ProviderStatistics { calls.statistics }

    package func wrap(_ secret: SecretBytes, context: WrapContext) async throws(ProviderError) -> [UInt8] {
        guard (1...WrappedForm.mostSecretOctets).contains(secret.count) else {
            throw ProviderError(.notSupported, "expected a secret of 1 to \(WrappedForm.mostSecretOctets) octets")
        }
        let associated = context.octets
        return try await call(.wrap) { [token] session in
            let key = try token.wrappingKey(session)
            let (nonce, ciphertext) = try Self.encrypt(secret, associated, session, key)
            guard ciphertext.count == secret.count + CryptokiModule.tagCount else {
                throw ProviderError(.answerBroken, "expected ciphertext with a tag, got \(ciphertext.count) octets")
            }
            return WrappedForm(nonce: nonce, ciphertext: ciphertext).octets
        }
    }

    package func unwrap(_ wrapped: [UInt8], context: WrapContext) async throws(ProviderError) -> SecretBytes {
        let form = try WrappedForm(wrapped)
        let associated = context.octets
        return try await call(.unwrap) { [settings, token] session in
            let key = try token.wrappingKey(session)
            var isSecond = false
            while true {
                do throws(CryptokiModule.DecryptFailure) {
                    return try Self.decrypt(form, associated, session, key)
                } catch {
                    let failure = error.failure
                    // SoftHSM says of a wrong tag what it says of a broken disk. A ciphertext made now tells which it is.
                    guard error.isBegun, failure.isRefusal || failure.isVague && Self.works(session, key) else {
                        throw failure
                    }
                    // What was broken may have been so for that moment only.
                    guard failure.isRefusal || isSecond else {
                        isSecond = true
                        continue
                    }
                    throw ProviderError(
                        .refused, "\(settings.token) does not open it by the \(settings.key ?? KeyChoice()): \(failure)"
                    )
                }
            }
        }
    }

    package func checkHealth() async throws(ProviderError) {
        try await blocking.run { [token] lane throws(ProviderError) in try token.checkHealth(lane) }
    }

    package func close() async {
        await blocking.close { [token] in token.close() }
    }

    /// Makes a call in a session.
    ///
    /// - Parameter patience: how long it may take; nil: as long as any other.
    func call<Answer: Sendable>(
        _ use: DeviceUse, patience: Duration? = nil, _ body: @escaping @Sendable (TokenSession) throws -> Answer
    ) async throws(ProviderError) -> Answer {
        try await calls.call(use) { [blocking, token] () throws(ProviderError) -> Answer in
            try await blocking.run(patience: patience) { lane throws(ProviderError) -> Answer in
                try token.use(lane, body)
            }
        }
    }
}

extension PKCS11Provider: ProviderKind {
    package static let name = "pkcs11"

    package static func make(_ settings: inout ProviderSettings) -> (any KeyProvider)? {
        PKCS11Settings(&settings).map { PKCS11Provider($0) }
    }
}

// MARK: In a session

extension PKCS11Provider {
    private static func encrypt(
        _ secret: SecretBytes, _ associated: [UInt8], _ session: TokenSession, _ key: UInt
    ) throws -> (nonce: [UInt8], ciphertext: [UInt8]) {
        let nonce = (0..<CryptokiModule.nonceCount).map { _ in UInt8.random(in: .min ... .max) }
        // The pointer is read within the call.
        return try unsafe secret.withUnsafeBytes { plaintext in
            try unsafe session.module.encrypt(
                plaintext, nonce: nonce, associated: associated, in: session.handle, key: key)
        }
    }

    private static func decrypt(
        _ form: WrappedForm, _ associated: [UInt8], _ session: TokenSession, _ key: UInt
    ) throws(CryptokiModule.DecryptFailure) -> SecretBytes {
        var output = [UInt8](repeating: 0, count: form.ciphertext.count + CryptokiModule.slack)
        // Some modules write what they decrypted before they look at the tag.
        defer { wipe(&output) }
        let count = try session.module.decrypt(
            form.ciphertext, nonce: form.nonce, associated: associated, into: &output, in: session.handle,
            key: key)
        var secret = Array(output.prefix(count))
        defer { wipe(&secret) }
        return SecretBytes(secret)
    }

    /// Whether the key opens what it has just wrapped.
    private static func works(_ session: TokenSession, _ key: UInt) -> Bool {
        let secret = SecretBytes.random(count: 16)
        guard let (nonce, ciphertext) = try? encrypt(secret, [], session, key) else { return false }
        return (try? decrypt(WrappedForm(nonce: nonce, ciphertext: ciphertext), [], session, key)) == secret
    }
}
