package import JOSE

/// What a key that never leaves a device is made for, by the names of JWA.
package enum DeviceKeyAlgorithm: String, Sendable, CaseIterable {
    case es256 = "ES256"
    case es384 = "ES384"
    case rs256 = "RS256"
    case ps256 = "PS256"
    /// Opens content keys. The one way of key management that every kind of device keeps inside.
    case rsaOAEP256 = "RSA-OAEP-256"

    /// Bits of an RSA modulus, as for keys that are made here.
    package static let rsaBits = RingSpec.rsaBits

    package var signs: Bool { self != .rsaOAEP256 }

    /// Octets of the digest that is signed; those of SHA-256, but for ES384.
    package var digestBytes: Int { self == .es384 ? 48 : 32 }
}

/// A key pair whose private half is in a device.
package struct DeviceKey: Sendable {
    /// The longest ``reference``, in octets.
    package static let mostReferenceBytes = 2048

    /// What the device calls it: a name, an id, an ARN. No secret; nobody but its provider reads it.
    package let reference: String
    package let algorithm: DeviceKeyAlgorithm
    /// The public half without `kid`, `alg` and `use`, which are not the device's to decide.
    package let publicJWK: JWK

    package init(reference: String, algorithm: DeviceKeyAlgorithm, publicJWK: JWK) {
        self.reference = reference
        self.algorithm = algorithm
        self.publicJWK = publicJWK
    }
}
