import Crypto
import Synchronization

@testable import JOSE
@testable import KeyManagement

/// A device of this process, with real keys and real cryptography, that can be switched off. What real devices do is tested
/// with them; here it stands for one where only the store's side is looked at.
final class SoftwareDevice: KeyProvider {
    struct State {
        var keys: [String: JWK] = [:]
        var wrapped: [[UInt8]: (secret: SecretBytes, context: WrapContext, version: Int)] = [:]
        /// The newest version of the key that wraps, and the oldest that still opens.
        var version = 1
        var oldestVersion = 1
        var isForgetful = false
        var delay = Duration.zero
        var callsAtOnce = 0
        var mostCallsAtOnce = 0
        var whenMaking: (@Sendable () -> ProviderError.Code?)?
        var whenWrapping: (@Sendable () async -> Void)?
        var failure: ProviderError?
        var hangs = false
        var calls = 0
        var cancelled = 0
    }

    let kind: String
    let capabilities: ProviderCapabilities
    let keyAlgorithms: Set<DeviceKeyAlgorithm>
    let state = Mutex(State())

    init(
        kind: String = "software", capabilities: ProviderCapabilities = [.wrapping, .authenticatedContext, .keys],
        algorithms: Set<DeviceKeyAlgorithm> = Set(DeviceKeyAlgorithm.allCases)
    ) {
        self.kind = kind
        self.capabilities = capabilities
        keyAlgorithms = algorithms
    }

    var place: String { "a device of this process" }
    var statistics: ProviderStatistics { ProviderStatistics() }
    var names: [String] { state.withLock { $0.keys.keys.sorted() } }
    var calls: Int { state.withLock { $0.calls } }
    /// Calls that hung and were cancelled.
    var cancelled: Int { state.withLock { $0.cancelled } }

    func fail(_ code: ProviderError.Code?) {
        state.withLock { $0.failure = code.map { ProviderError($0, "told to fail") } }
    }

    /// From now on no call is answered; those that are under way are not either.
    func hang() { state.withLock { $0.hangs = true } }

    /// Has a new version of its key wrap.
    func rotate() { state.withLock { $0.version += 1 } }

    /// Lets go of every version but the newest.
    func forgetOldVersions() { state.withLock { $0.oldestVersion = $0.version } }

    private func count() async throws(ProviderError) {
        let (failure, hangs, delay) = state.withLock { state in
            state.calls += 1
            state.callsAtOnce += 1
            state.mostCallsAtOnce = max(state.mostCallsAtOnce, state.callsAtOnce)
            return (state.failure, state.hangs, state.delay)
        }
        defer { state.withLock { $0.callsAtOnce -= 1 } }
        if delay > .zero { try? await Task.sleep(for: delay) }
        if hangs, (try? await Task.sleep(for: .seconds(600))) == nil { state.withLock { $0.cancelled += 1 } }
        if let failure { throw failure }
    }

    private func jwk(_ key: DeviceKey) throws(ProviderError) -> JWK {
        guard let jwk = state.withLock({ $0.keys[key.reference] }) else {
            throw ProviderError(.keyMissing, "there is no \(key.reference)")
        }
        return jwk
    }

    func wrap(_ secret: SecretBytes, context: WrapContext) async throws(ProviderError) -> [UInt8] {
        try await count()
        await state.withLock { $0.whenWrapping }?()
        let name = SecretBytes.random(count: 16).withUnsafeBytes { Array($0) }
        state.withLock { state in
            state.wrapped[name] = (state.isForgetful ? SecretBytes([0]) : secret, context, state.version)
        }
        return name
    }

    func unwrap(_ wrapped: [UInt8], context: WrapContext) async throws(ProviderError) -> SecretBytes {
        try await count()
        let (entry, oldest) = state.withLock { ($0.wrapped[wrapped], $0.oldestVersion) }
        guard let entry, entry.context == context else { throw ProviderError(.refused, "not wrapped here") }
        guard entry.version >= oldest else { throw ProviderError(.keyDisabled, "version \(entry.version) is gone") }
        return entry.secret
    }

    func makeKey(_ algorithm: DeviceKeyAlgorithm, kid: String) async throws(ProviderError) -> DeviceKey {
        try await count()
        if let code = state.withLock({ $0.whenMaking })?() { throw ProviderError(code, "told to fail") }
        guard let jwk = try? JWK.generate(algorithm: algorithm.rawValue, kid: kid), let publicJWK = jwk.publicJWK()
        else {
            throw ProviderError(.notSupported, algorithm.rawValue)
        }
        state.withLock { $0.keys["k-\(kid)"] = jwk }
        return DeviceKey(reference: "k-\(kid)", algorithm: algorithm, publicJWK: publicJWK)
    }

    func sign(_ message: [UInt8], with key: DeviceKey) async throws(ProviderError) -> [UInt8] {
        try await count()
        let jwk = try jwk(key)
        guard let signature = try? SigningKey(jwk).sign(message.span) else {
            throw ProviderError(.answerBroken, "can't sign")
        }
        return signature
    }

    func decrypt(_ ciphertext: [UInt8], with key: DeviceKey) async throws(ProviderError) -> SecretBytes {
        try await count()
        let jwk = try jwk(key)
        guard let key = try? DecryptionKey(jwk),
            let secret = try? key.contentKey(KeyManagementParameters(), encryptedKey: ciphertext, for: .a256GCM)
        else { throw ProviderError(.refused, "not for this key") }
        return SecretBytes(secret.withUnsafeBytes { Array($0) })
    }

    func destroyKey(_ key: DeviceKey) async throws(ProviderError) {
        try await count()
        state.withLock { $0.keys[key.reference] = nil }
    }

    func checkHealth() async throws(ProviderError) { try await count() }

    func close() async {}
}
