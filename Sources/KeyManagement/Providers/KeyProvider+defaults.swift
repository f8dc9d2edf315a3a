package import JOSE

/// What a provider answers that makes no keys.
extension KeyProvider {
    package var keyAlgorithms: Set<DeviceKeyAlgorithm> { [] }

    package var keysMadeAtOnce: Int { CallsAtOnce.most }

    package func makeKey(_ algorithm: DeviceKeyAlgorithm, kid: String) async throws(ProviderError) -> DeviceKey {
        throw noKeys
    }

    package func sign(_ message: [UInt8], with key: DeviceKey) async throws(ProviderError) -> [UInt8] { throw noKeys }

    package func decrypt(_ ciphertext: [UInt8], with key: DeviceKey) async throws(ProviderError) -> SecretBytes {
        throw noKeys
    }

    package func destroyKey(_ key: DeviceKey) async throws(ProviderError) { throw noKeys }

    private var noKeys: ProviderError {
        ProviderError(.notSupported, "\(place): keys of this provider can't be used for tokens")
    }
}
