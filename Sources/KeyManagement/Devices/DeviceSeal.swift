internal import Crypto
internal import FoundationEssentials
import JOSE

/// A private key sealed by a device: by a key of this version alone (AES-256-GCM), which the device wraps.
///
/// Devices wrap a few octets; a private key may have thousands.
enum DeviceSeal {
    static func seal(
        _ jwk: SecretBytes, kid: String, ring: RingSpec, by provider: any KeyProvider
    ) async throws -> DeviceDocument.Content {
        let secret = SecretBytes.random(count: 32)
        let wrapped = try await wrap(secret, kid: kid, by: provider)
        let box = unsafe try jwk.withUnsafeBytes {
            unsafe try AES.GCM.seal($0, using: key(secret), authenticating: associatedData(kid, ring))
        }
        return .sealed(wrapped: wrapped, jwk: [UInt8](box.combined ?? Data()))
    }

    /// - Throws: `stored-key-invalid` for what the wrapped key does not open; ``ProviderError``.
    static func open(
        wrapped: [UInt8], jwk: [UInt8], kid: String, ring: RingSpec, by provider: any KeyProvider
    ) async throws -> SecretBytes {
        try plain(jwk, by: try await provider.unwrap(wrapped, context: context(kid)), kid: kid, ring: ring)
    }

    /// The same key, by the newest version of the device's key.
    ///
    /// - Throws: `stored-key-invalid` for what the wrapped key does not open; ``ProviderError``.
    static func wrapAnew(
        wrapped: [UInt8], jwk: [UInt8], kid: String, ring: RingSpec, by provider: any KeyProvider
    ) async throws -> DeviceDocument.Content {
        let secret = try await provider.unwrap(wrapped, context: context(kid))
        _ = try plain(jwk, by: secret, kid: kid, ring: ring)
        return .sealed(wrapped: try await wrap(secret, kid: kid, by: provider), jwk: jwk)
    }

    private static func wrap(_ secret: SecretBytes, kid: String, by provider: any KeyProvider) async throws -> [UInt8] {
        let wrapped = try await provider.wrap(secret, context: context(kid))
        // What can't be opened again must not become the only copy.
        guard try await provider.unwrap(wrapped, context: context(kid)) == secret else {
            throw ProviderError(.answerBroken, "\(provider.place) opens another secret than it wrapped")
        }
        return wrapped
    }

    private static func plain(
        _ jwk: [UInt8], by secret: SecretBytes, kid: String, ring: RingSpec
    ) throws(KeyError) -> SecretBytes {
        do {
            let box = try AES.GCM.SealedBox(combined: jwk)
            var plain = try AES.GCM.open(box, using: key(secret), authenticating: associatedData(kid, ring))
            defer { plain.resetBytes(in: plain.startIndex..<plain.endIndex) }
            return SecretBytes(wiping: [UInt8](plain))
        } catch {
            throw KeyError(.keyInvalid, "the key \(kid) was changed, or sealed by another device")
        }
    }

    private static func context(_ kid: String) -> WrapContext { WrapContext(purpose: "token-key", id: kid) }

    private static func associatedData(_ kid: String, _ ring: RingSpec) -> [UInt8] {
        AssociatedData.encode("signet device sealed key v1", [ring.id, kid])
    }

    private static func key(_ secret: SecretBytes) -> SymmetricKey {
        // The pointer is read within the call; SymmetricKey wipes its own copy.
        unsafe secret.withUnsafeBytes { unsafe SymmetricKey(data: $0) }
    }
}
