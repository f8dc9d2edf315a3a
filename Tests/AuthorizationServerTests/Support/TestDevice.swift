import JOSE
import KeyManagement
import Synchronization

/// A device with real keys that makes, refuses, or holds up signatures as a test tells it to.
final class TestDevice: KeyProvider {
    private struct State {
        var keys: [String: JWK] = [:]
        var failure: ProviderError?
        var isHolding = false
        /// Signatures that were asked for while it held them up.
        var held = 0
    }

    let kind = "test"
    let place = "a device of this test"
    let capabilities: ProviderCapabilities = [.keys]
    let keyAlgorithms = Set(DeviceKeyAlgorithm.allCases)
    private let state = Mutex(State())

    var statistics: ProviderStatistics { ProviderStatistics() }
    var held: Int { state.withLock { $0.held } }

    func fail(_ code: ProviderError.Code?) {
        state.withLock { $0.failure = code.map { ProviderError($0, "told to fail") } }
    }

    /// Signs nothing until `release()`, and goes on with everything else.
    func hold() { state.withLock { $0.isHolding = true } }

    func release() { state.withLock { $0.isHolding = false } }

    private func check() throws(ProviderError) {
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    func makeKey(_ algorithm: DeviceKeyAlgorithm, kid: String) async throws(ProviderError) -> DeviceKey {
        try check()
        guard let jwk = try? JWK.generate(algorithm: algorithm.rawValue, kid: kid), let publicJWK = jwk.publicJWK()
        else { throw ProviderError(.notSupported, algorithm.rawValue) }
        state.withLock { $0.keys[kid] = jwk }
        return DeviceKey(reference: kid, algorithm: algorithm, publicJWK: publicJWK)
    }

    func sign(_ message: [UInt8], with key: DeviceKey) async throws(ProviderError) -> [UInt8] {
        try check()
        if state.withLock({ $0.isHolding }) {
            state.withLock { $0.held += 1 }
            while state.withLock({ $0.isHolding }), (try? await Task.sleep(for: .milliseconds(2))) != nil {}
        }
        guard let jwk = state.withLock({ $0.keys[key.reference] }),
            let signature = try? SigningKey(jwk).sign(message.span)
        else { throw ProviderError(.answerBroken, "can't sign") }
        return signature
    }

    func destroyKey(_ key: DeviceKey) async throws(ProviderError) { try check() }

    func wrap(_ secret: SecretBytes, context: WrapContext) async throws(ProviderError) -> [UInt8] {
        throw ProviderError(.notSupported, "it wraps nothing")
    }

    func unwrap(_ wrapped: [UInt8], context: WrapContext) async throws(ProviderError) -> SecretBytes {
        throw ProviderError(.notSupported, "it wraps nothing")
    }

    func checkHealth() async throws(ProviderError) { try check() }

    func close() async {}
}
