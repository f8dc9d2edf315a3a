internal import Crypto
internal import CryptoExtras

/// A private or symmetric key bound to one signature algorithm, parsed once and cheap to copy.
public struct SigningKey: Sendable {
    let backing: Backing

    /// Binds a key to an algorithm.
    /// - Throws: `key-mismatch` if the key is of another type, curve or `alg`; `key-use-mismatch` if `use` or
    ///   `key_ops` forbid signing; `key-invalid` if it is too weak or has no private half.
    public init(_ jwk: JWK, algorithm: SignatureAlgorithm) throws(JOSEError) {
        try algorithm.checkNamed(by: jwk)
        try KeyUsage.sign.check(jwk)
        backing = Backing(
            kid: jwk.kid,
            algorithm: algorithm,
            signer: try Signer(jwk.material, algorithm: algorithm),
            verificationJWK: jwk
        )
    }

    /// Binds a key to the algorithm that its `alg` names.
    /// - Throws: `key-invalid` if it names none; otherwise as `init(_:algorithm:)`.
    public init(_ jwk: JWK) throws(JOSEError) {
        try self.init(jwk, algorithm: try SignatureAlgorithm(namedBy: jwk))
    }

    /// The key's name.
    public var kid: String? { backing.kid }

    /// The one algorithm of the key.
    public var algorithm: SignatureAlgorithm { backing.algorithm }

    /// What a header calls the algorithm: as the key's own `alg` does, which may be `EdDSA`, or by its present name
    /// (RFC 9864).
    var algorithmName: String { backing.verificationJWK.algorithm ?? algorithm.rawValue }

    /// Signs a message.
    /// - Throws: `operation-failed`.
    package func sign(_ message: Span<UInt8>) throws(JOSEError) -> [UInt8] {
        do {
            return try unsafe message.withUnsafeBytes { try unsafe backing.signer.sign($0, algorithm) }
        } catch {
            throw JOSEError(.operationFailed, "the message could not be signed")
        }
    }

    final class Backing: Sendable {
        let kid: String?
        let algorithm: SignatureAlgorithm
        let signer: Signer
        /// The key as it came, to make the key that checks it.
        let verificationJWK: JWK

        init(kid: String?, algorithm: SignatureAlgorithm, signer: Signer, verificationJWK: JWK) {
            self.kid = kid
            self.algorithm = algorithm
            self.signer = signer
            self.verificationJWK = verificationJWK
        }
    }
}

/// A parsed private key.
enum Signer: Sendable {
    case mac(MACKey)
    case p256(P256.Signing.PrivateKey)
    case p384(P384.Signing.PrivateKey)
    case p521(P521.Signing.PrivateKey)
    case secp256k1(Secp256k1PrivateKey)
    case ed25519(Curve25519.Signing.PrivateKey)
    case ed448(Ed448PrivateKey)
    case mlDSA65(MLDSA65.PrivateKey)
    case mlDSA87(MLDSA87.PrivateKey)
    case rsa(_RSA.Signing.PrivateKey)

    init(_ material: KeyMaterial, algorithm: SignatureAlgorithm) throws(JOSEError) {
        switch (algorithm, material) {
        case (.hs256, .symmetric(let secret)), (.hs384, .symmetric(let secret)), (.hs512, .symmetric(let secret)):
            self = .mac(try MACKey(secret, algorithm: algorithm))
        case (.es256, .elliptic(.p256, _, _, let d)):
            self = .p256(try Self.key(d) { try P256.Signing.PrivateKey(secret: $0) })
        case (.es384, .elliptic(.p384, _, _, let d)):
            self = .p384(try Self.key(d) { try P384.Signing.PrivateKey(secret: $0) })
        case (.es512, .elliptic(.p521, _, _, let d)):
            self = .p521(try Self.key(d) { try P521.Signing.PrivateKey(secret: $0) })
        case (.es256K, .elliptic(.secp256k1, _, _, let d)):
            self = .secp256k1(try Self.key(d) { try Secp256k1PrivateKey(secret: $0) })
        case (.ed25519, .octetPair(.ed25519, _, let d)):
            self = .ed25519(try Self.key(d) { try Curve25519.Signing.PrivateKey(secret: $0) })
        case (.ed448, .octetPair(.ed448, _, let d)):
            self = .ed448(try Self.key(d) { try Ed448PrivateKey(secret: $0) })
        case (.mlDSA65, .algorithmPair(.mlDSA65, _, let seed)):
            self = .mlDSA65(try Self.key(seed) { try MLDSA65.PrivateKey(secret: $0) })
        case (.mlDSA87, .algorithmPair(.mlDSA87, _, let seed)):
            self = .mlDSA87(try Self.key(seed) { try MLDSA87.PrivateKey(secret: $0) })
        case (_, .rsa(let numbers)) where algorithm.isRSA:
            guard numbers.secret != nil else { throw Self.publicOnly }
            self = .rsa(try numbers.signingKey())
        default:
            throw algorithm.mismatch(material)
        }
    }

    private static let publicOnly = JOSEError(.keyInvalid, "expected a private key, got a public one")

    private static func key<Key>(_ secret: SecretBytes?, _ make: (SecretBytes) throws -> Key) throws(JOSEError) -> Key {
        guard let secret else { throw publicOnly }
        do {
            return try make(secret)
        } catch {
            throw KeyMaterial.invalid("the private key is out of range")
        }
    }

    func sign(_ message: UnsafeRawBufferPointer, _ algorithm: SignatureAlgorithm) throws -> [UInt8] {
        switch self {
        case .mac(let key): unsafe key.code(of: message)
        case .p256(let key): try [UInt8](key.signature(for: unsafe digest(message) as SHA256Digest).rawRepresentation)
        case .p384(let key): try [UInt8](key.signature(for: unsafe digest(message) as SHA384Digest).rawRepresentation)
        case .p521(let key): try [UInt8](key.signature(for: unsafe digest(message) as SHA512Digest).rawRepresentation)
        case .secp256k1(let key): try key.signature(for: unsafe digest(message) as SHA256Digest)
        case .ed25519(let key): try [UInt8](unsafe key.signature(for: message))
        case .ed448(let key): try unsafe key.signature(for: message)
        case .mlDSA65(let key): try [UInt8](unsafe key.signature(for: message))
        case .mlDSA87(let key): try [UInt8](unsafe key.signature(for: message))
        case .rsa(let key): try unsafe signRSA(key, message, algorithm)
        }
    }

    private func signRSA(
        _ key: _RSA.Signing.PrivateKey, _ message: UnsafeRawBufferPointer, _ algorithm: SignatureAlgorithm
    ) throws -> [UInt8] {
        let padding: _RSA.Signing.Padding = algorithm.isPSS ? .PSS : .insecurePKCS1v1_5
        switch algorithm.digestBytes {
        case 32:
            return try [UInt8](
                key.signature(for: unsafe digest(message) as SHA256Digest, padding: padding).rawRepresentation
            )
        case 48:
            return try [UInt8](
                key.signature(for: unsafe digest(message) as SHA384Digest, padding: padding).rawRepresentation
            )
        default:
            return try [UInt8](
                key.signature(for: unsafe digest(message) as SHA512Digest, padding: padding).rawRepresentation
            )
        }
    }
}

/// The digest of a message.
@inline(__always)
func digest(_ message: UnsafeRawBufferPointer) -> SHA256Digest {
    var hash = SHA256()
    unsafe hash.update(bufferPointer: message)
    return hash.finalize()
}

@inline(__always)
func digest(_ message: UnsafeRawBufferPointer) -> SHA384Digest {
    var hash = SHA384()
    unsafe hash.update(bufferPointer: message)
    return hash.finalize()
}

@inline(__always)
func digest(_ message: UnsafeRawBufferPointer) -> SHA512Digest {
    var hash = SHA512()
    unsafe hash.update(bufferPointer: message)
    return hash.finalize()
}
