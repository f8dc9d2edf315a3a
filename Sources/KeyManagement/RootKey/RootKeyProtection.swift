package import JOSE

/// What protects the root key's file beyond its mode.
package enum RootKeyProtection: Sendable {
    case none
    /// Sealed by scrypt and AES-256-GCM.
    case passphrase(SecretBytes)
    /// Wrapped by a key that never leaves a device.
    case provider(any KeyProvider)
}

/// A root key as a provider wrapped it.
struct WrappedRootKey: Sendable, Equatable {
    /// The provider's ``KeyProvider/kind``.
    var provider: String
    /// Where it was wrapped, for the one who reads the file.
    var place: String
    var wrapped: [UInt8]

    static func context(id: String) -> WrapContext { WrapContext(purpose: "root-key", id: id) }
}
