package import JOSE

/// What protects the root key's file beyond its mode.
package enum RootKeyProtection: Sendable {
    case none
    /// Sealed by scrypt and AES-256-GCM.
    case passphrase(SecretBytes)
    /// Wrapped by a key that never leaves a device.
    case provider(any KeyProvider)
    /// There is no file: whoever starts the service gives the key itself.
    ///
    /// - Parameter previous: the key that the store was sealed by until now, when it is replaced by this start.
    case given(RootKey, previous: RootKey?)
}

/// A root key as a provider wrapped it.
struct WrappedRootKey: Sendable, Equatable {
    /// The provider's ``KeyProvider/kind``.
    var provider: String
    /// Where it was wrapped, for the one who reads the file.
    var place: String
    var wrapped: [UInt8]
    /// The root key sealed by the file key of the service that wrote it; nil when it was written by a first start. It spares
    /// the workers of that service the device, and opens for nobody when the service is over.
    var handover: [UInt8]?

    static func context(id: String) -> WrapContext { WrapContext(purpose: "root-key", id: id) }
}
