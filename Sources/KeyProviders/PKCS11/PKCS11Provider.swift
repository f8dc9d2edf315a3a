package import JOSE
package import KeyManagement

/// Wraps by an AES-256 key that never leaves a PKCS#11 token: `CKM_AES_GCM`, with the context as associated data.
package final class PKCS11Provider: KeyProvider {
    package let kind = PKCS11Provider.name
    package let capabilities: ProviderCapabilities = [.wrapping, .authenticatedContext]
    package var place: String { settings.place }

    private let settings: PKCS11Settings
    private let token: Token
    private let calls: DeviceCalls
    private let blocking: BlockingCalls

    init(_ settings: PKCS11Settings, limits: BlockingCalls.Limits = BlockingCalls.Limits()) {
        self.settings = settings
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
        return try await call { (session) throws in
            let (nonce, ciphertext) = try Self.encrypt(secret, associated, session)
            guard ciphertext.count == secret.count + CryptokiModule.tagCount else {
                throw ProviderError(.answerBroken, "expected ciphertext with a tag, got \(ciphertext.count) octets")
            }
            return WrappedForm(nonce: nonce, ciphertext: ciphertext).octets
        }
    }

    package func unwrap(_ wrapped: [UInt8], context: WrapContext) async throws(ProviderError) -> SecretBytes {
        let form = try WrappedForm(wrapped)
        let associated = context.octets
        return try await call { [settings] (session) throws in
            var isSecond = false
            while true {
                do throws(CryptokiModule.DecryptFailure) {
                    return try Self.decrypt(form, associated, session)
                } catch {
                    let failure = error.failure
                    // SoftHSM says of a wrong tag what it says of a broken disk. A ciphertext made now tells which it is.
                    guard error.isBegun, failure.isRefusal || failure.isVague && Self.works(session) else {
                        throw failure
                    }
                    // What was broken may have been so for that moment only.
                    guard failure.isRefusal || isSecond else {
                        isSecond = true
                        continue
                    }
                    throw ProviderError(
                        .refused, "\(settings.token) does not open it by the \(settings.key): \(failure)")
                }
            }
        }
    }

    package func checkHealth() async throws(ProviderError) {
        try await blocking.run { [token] _ throws(ProviderError) in try token.checkPresence() }
    }

    package func close() async {
        await blocking.close { [token] in token.close() }
    }

    private func call<Answer: Sendable>(
        _ body: @escaping @Sendable (Token.Session) throws -> Answer
    ) async throws(ProviderError) -> Answer {
        try await calls.call { [blocking, token] () throws(ProviderError) -> Answer in
            try await blocking.run { lane throws(ProviderError) -> Answer in try token.use(lane, body) }
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
        _ secret: SecretBytes, _ associated: [UInt8], _ session: Token.Session
    ) throws -> (nonce: [UInt8], ciphertext: [UInt8]) {
        let nonce = (0..<CryptokiModule.nonceCount).map { _ in UInt8.random(in: .min ... .max) }
        // The pointer is read within the call.
        return try unsafe secret.withUnsafeBytes { plaintext in
            try unsafe session.module.encrypt(
                plaintext, nonce: nonce, associated: associated, in: session.handle, key: session.key)
        }
    }

    private static func decrypt(
        _ form: WrappedForm, _ associated: [UInt8], _ session: Token.Session
    ) throws(CryptokiModule.DecryptFailure) -> SecretBytes {
        var output = [UInt8](repeating: 0, count: form.ciphertext.count + CryptokiModule.slack)
        // Some modules write what they decrypted before they look at the tag.
        defer { wipe(&output) }
        let count = try session.module.decrypt(
            form.ciphertext, nonce: form.nonce, associated: associated, into: &output, in: session.handle,
            key: session.key)
        var secret = Array(output.prefix(count))
        defer { wipe(&secret) }
        return SecretBytes(secret)
    }

    /// Whether the key opens what it has just wrapped.
    private static func works(_ session: Token.Session) -> Bool {
        let secret = SecretBytes.random(count: 16)
        guard let (nonce, ciphertext) = try? encrypt(secret, [], session) else { return false }
        return (try? decrypt(WrappedForm(nonce: nonce, ciphertext: ciphertext), [], session)) == secret
    }
}
