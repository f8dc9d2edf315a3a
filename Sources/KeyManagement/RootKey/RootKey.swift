internal import Crypto
internal import FoundationEssentials
import JOSE

/// The key that seals the data keys: 256 random bits, of which only derived keys are used.
package struct RootKey: Sendable, CustomStringConvertible {
    static let byteCount = 32

    let secret: SecretBytes

    /// Names the key without telling anything of it: 128 bits derived from it by HKDF, in base64url. Rows sealed under it
    /// carry this name, so that the key of another installation is recognised before it is tried.
    package let id: String

    init(_ secret: SecretBytes) throws(KeyError) {
        guard secret.count == Self.byteCount else {
            throw KeyError(.rootKeyMalformed, "expected a root key of \(Self.byteCount) bytes, got \(secret.count)")
        }
        self.secret = secret
        let name = Self.derive("signet root key id v1", from: secret, count: 16)
        id = Base64URL.encode(unsafe name.withUnsafeBytes { unsafe [UInt8]($0) })
    }

    static func random() throws(KeyError) -> RootKey {
        try RootKey(.random(count: byteCount))
    }

    /// The key that wraps data keys; the root key itself encrypts nothing.
    var wrappingKey: SymmetricKey { Self.derive("signet data key wrapping v1", from: secret, count: 32) }

    package var description: String { "RootKey(\(id))" }

    private static func derive(_ purpose: String, from secret: SecretBytes, count: Int) -> SymmetricKey {
        // The pointer is read within the call; SymmetricKey wipes its own copy.
        let material = unsafe secret.withUnsafeBytes { unsafe SymmetricKey(data: $0) }
        return HKDF<SHA256>.deriveKey(
            inputKeyMaterial: material, info: Array(purpose.utf8), outputByteCount: count)
    }
}
