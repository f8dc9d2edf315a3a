import JOSE

/// What the keys of a ring are for. One ring has one purpose.
package enum KeyPurpose: String, Sendable, CaseIterable {
    /// Signs access tokens; the issuer's, published.
    case accessSigning = "access-signing"
    /// Signs id tokens; the issuer's, published.
    case idSigning = "id-signing"
    /// Signs what upstreams get with `forward: jwt`; the issuer's, published apart.
    case forwardSigning = "forward-signing"
    /// Encrypts tokens to an API; the API's.
    case encryption
    /// Authenticates tokens in the symmetric profile; the API's, never published.
    case mac
}

extension KeyPurpose {
    /// Whether such a ring is there because an API's policy asks for it.
    var belongsToAPIs: Bool { self != .idSigning }

    /// The longest life, in seconds, of a token that is made with such a key.
    var longestTokenLifetime: Int64 {
        self == .forwardSigning ? KeyTimings.forwardTokenLifetime : KeyTimings.longestTokenLifetime
    }
}

/// Whose keys they are.
package enum KeyOwner: Hashable, Sendable, CustomStringConvertible {
    case issuer
    /// The API of this name.
    case api(String)

    /// `issuer` or `api/NAME`.
    package var description: String {
        switch self {
        case .issuer: "issuer"
        case .api(let name): "api/\(name)"
        }
    }
}

/// What makes a ring: one owner, one purpose, one algorithm, one place of its private halves.
package struct RingSpec: Hashable, Sendable {
    package var owner: KeyOwner
    package var purpose: KeyPurpose
    /// A JWS `alg`, a JWE `alg`, or, for keys that encrypt content directly (`dir`), the `enc`.
    package var algorithm: String
    /// For ECDH-ES; nil where the algorithm says it.
    package var curve: String?
    /// Where the private halves are.
    package var custody: KeyCustody

    package init(
        owner: KeyOwner, purpose: KeyPurpose, algorithm: String, curve: String? = nil, custody: KeyCustody = .local
    ) {
        self.owner = owner
        self.purpose = purpose
        self.algorithm = algorithm
        self.curve = curve
        self.custody = custody
    }

    /// The ring's id, readable and unique: `issuer/access-signing/ES256`, `api/orders/encryption/ECDH-ES/X25519`,
    /// `api/orders/encryption/RSA-OAEP-256/device`.
    package var id: String {
        var parts = [owner.description, purpose.rawValue, algorithm]
        if let curve { parts.append(curve) }
        if custody != .local { parts.append(custody.rawValue) }
        return parts.joined(separator: "/")
    }

    /// Throws `key-ring-invalid` unless owner, purpose and algorithm go together.
    func validate() throws(KeyError) {
        if case .api(let name) = owner {
            // A slash would let two specs have one id.
            guard !name.isEmpty, name.utf8.count <= 255, !name.utf8.contains(UInt8(ascii: "/")) else {
                throw KeyError(.ringInvalid, "expected an API's name without slashes as owner")
            }
        }
        guard isIssuers == (owner == .issuer) else {
            throw KeyError(.ringInvalid, "a ring for \(purpose.rawValue) can't belong to \(owner)")
        }
        guard isAlgorithmFitting else {
            throw KeyError(.ringInvalid, "\(algorithm) is no algorithm for \(purpose.rawValue)")
        }
        guard isCustodyFitting else {
            throw KeyError(
                .ringInvalid, "keys for \(purpose.rawValue) by \(algorithm) can't be in custody \(custody.rawValue)")
        }
    }

    /// What signs for upstreams does so on the gateway's loops, which can't wait for a device.
    private var isCustodyFitting: Bool {
        switch custody {
        case .local: true
        case .device: purpose != .forwardSigning && DeviceKeyAlgorithm(rawValue: algorithm) != nil
        case .deviceSealed: purpose != .forwardSigning
        }
    }

    private var isIssuers: Bool {
        switch purpose {
        case .accessSigning, .idSigning, .forwardSigning: true
        case .encryption, .mac: false
        }
    }

    private var isAlgorithmFitting: Bool {
        switch purpose {
        case .accessSigning, .idSigning, .forwardSigning: SignatureAlgorithm(rawValue: algorithm)?.isSymmetric == false
        case .mac: SignatureAlgorithm(rawValue: algorithm)?.isSymmetric == true
        case .encryption:
            keyManagement.map { $0 != .dir && KeyManagementAlgorithm.forKeys.contains($0) } ?? false || isDirect
        }
    }

    private var keyManagement: KeyManagementAlgorithm? { KeyManagementAlgorithm(rawValue: algorithm) }

    /// Whether the keys encrypt content themselves: the algorithm is a content encryption.
    private var isDirect: Bool { ContentEncryptionAlgorithm(rawValue: algorithm) != nil }
}

extension RingSpec {
    /// Bits of an RSA modulus: the size that is advised beyond 2030 (NIST SP 800-57 part 1, table 2).
    static let rsaBits = 3072

    /// Makes a key for this ring: kid of 128 random bits, `alg` and `use` set.
    func generate() throws(KeyError) -> JWK {
        do {
            return try JWK.generate(algorithm: algorithm, curve: curve, rsaBits: Self.rsaBits)
        } catch {
            throw KeyError(.ringInvalid, "no key can be made for the ring \(id): \(error.reason)")
        }
    }
}
