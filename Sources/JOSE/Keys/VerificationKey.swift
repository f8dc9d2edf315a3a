internal import Crypto
internal import CryptoExtras

/// A public or symmetric key bound to one signature algorithm, parsed once and cheap to copy.
public struct VerificationKey: Sendable {
    let backing: Backing

    /// Binds a key, or the public half of a key pair, to an algorithm.
    /// - Throws: `key-mismatch` if the key is of another type, curve or `alg`; `key-use-mismatch` if `use` or
    ///   `key_ops` forbid verifying; `key-invalid` if it is too weak.
    public init(_ jwk: JWK, algorithm: SignatureAlgorithm) throws(JOSEError) {
        try algorithm.checkNamed(by: jwk)
        try KeyUsage.verify.check(jwk)
        backing = Backing(
            kid: jwk.kid,
            algorithm: algorithm,
            verifier: try Verifier(jwk.material, algorithm: algorithm)
        )
    }

    /// Binds a key to the algorithm that its `alg` names.
    /// - Throws: `key-invalid` if it names none; otherwise as `init(_:algorithm:)`.
    public init(_ jwk: JWK) throws(JOSEError) {
        try self.init(jwk, algorithm: try SignatureAlgorithm(namedBy: jwk))
    }

    /// The key that checks what `key` signs.
    public init(of key: SigningKey) throws(JOSEError) {
        let jwk = key.backing.verificationJWK
        let bare = JWK(material: jwk.material, kid: jwk.kid, algorithm: jwk.algorithm, use: jwk.use)
        try self.init(bare, algorithm: key.algorithm)
    }

    /// The key's name.
    public var kid: String? { backing.kid }

    /// The one algorithm of the key.
    public var algorithm: SignatureAlgorithm { backing.algorithm }

    /// Whether `signature` is this key's over `message`. Never throws: what can't be a signature is none.
    func isValid(_ signature: [UInt8], for message: Span<UInt8>) -> Bool {
        if let expected = algorithm.signatureBytes, signature.count != expected { return false }
        return unsafe message.withUnsafeBytes { unsafe backing.verifier.isValid(signature, for: $0, algorithm) }
    }

    final class Backing: Sendable {
        let kid: String?
        let algorithm: SignatureAlgorithm
        let verifier: Verifier

        init(kid: String?, algorithm: SignatureAlgorithm, verifier: Verifier) {
            self.kid = kid
            self.algorithm = algorithm
            self.verifier = verifier
        }
    }
}

/// A parsed public key.
enum Verifier: Sendable {
    case mac(MACKey)
    case p256(P256.Signing.PublicKey)
    case p384(P384.Signing.PublicKey)
    case p521(P521.Signing.PublicKey)
    case secp256k1(Secp256k1PublicKey)
    case ed25519(Curve25519.Signing.PublicKey)
    case ed448(Ed448PublicKey)
    case mlDSA65(MLDSA65.PublicKey)
    case mlDSA87(MLDSA87.PublicKey)
    case rsa(_RSA.Signing.PublicKey)

    init(_ material: KeyMaterial, algorithm: SignatureAlgorithm) throws(JOSEError) {
        do {
            switch (algorithm, material) {
            case (.hs256, .symmetric(let secret)), (.hs384, .symmetric(let secret)), (.hs512, .symmetric(let secret)):
                self = .mac(try MACKey(secret, algorithm: algorithm))
            case (.es256, .elliptic(.p256, let x, let y, _)):
                self = .p256(try P256.Signing.PublicKey(rawRepresentation: x + y))
            case (.es384, .elliptic(.p384, let x, let y, _)):
                self = .p384(try P384.Signing.PublicKey(rawRepresentation: x + y))
            case (.es512, .elliptic(.p521, let x, let y, _)):
                self = .p521(try P521.Signing.PublicKey(rawRepresentation: x + y))
            case (.es256K, .elliptic(.secp256k1, let x, let y, _)):
                self = .secp256k1(try Secp256k1PublicKey(x: x, y: y))
            case (.ed448, .octetPair(.ed448, let x, _)):
                self = .ed448(try Ed448PublicKey(x))
            case (.mlDSA65, .algorithmPair(.mlDSA65, let pub, _)):
                self = .mlDSA65(try MLDSA65.PublicKey(rawRepresentation: pub))
            case (.mlDSA87, .algorithmPair(.mlDSA87, let pub, _)):
                self = .mlDSA87(try MLDSA87.PublicKey(rawRepresentation: pub))
            case (.ed25519, .octetPair(.ed25519, let x, _)):
                self = .ed25519(try Curve25519.Signing.PublicKey(rawRepresentation: x))
            case (_, .rsa(let numbers)) where algorithm.isRSA:
                self = .rsa(try numbers.verificationKey())
            default:
                throw algorithm.mismatch(material)
            }
        } catch let error as JOSEError {
            throw error
        } catch {
            throw KeyMaterial.invalid("the public key is out of range")
        }
    }

    func isValid(
        _ signature: [UInt8], for message: UnsafeRawBufferPointer, _ algorithm: SignatureAlgorithm
    ) -> Bool {
        switch self {
        case .mac(let key):
            return unsafe key.isValid(signature.span, for: message)
        case .p256(let key):
            guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: unsafe digest(message) as SHA256Digest)
        case .p384(let key):
            guard let signature = try? P384.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: unsafe digest(message) as SHA384Digest)
        case .p521(let key):
            guard let signature = try? P521.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: unsafe digest(message) as SHA512Digest)
        case .secp256k1(let key):
            return key.isValid(signature, for: unsafe digest(message) as SHA256Digest)
        case .ed25519(let key):
            return unsafe key.isValidSignature(signature, for: message)
        case .ed448(let key):
            return unsafe key.isValid(signature, for: message)
        case .mlDSA65(let key):
            return unsafe key.isValidSignature(signature, for: message)
        case .mlDSA87(let key):
            return unsafe key.isValidSignature(signature, for: message)
        case .rsa(let key):
            return unsafe isValidRSA(signature, key, message, algorithm)
        }
    }

    private func isValidRSA(
        _ octets: [UInt8], _ key: _RSA.Signing.PublicKey, _ message: UnsafeRawBufferPointer,
        _ algorithm: SignatureAlgorithm
    ) -> Bool {
        guard octets.count == (key.keySizeInBits + 7) / 8 else { return false }
        let signature = _RSA.Signing.RSASignature(rawRepresentation: octets)
        let padding: _RSA.Signing.Padding = algorithm.isPSS ? .PSS : .insecurePKCS1v1_5
        switch algorithm.digestBytes {
        case 32: return key.isValidSignature(signature, for: unsafe digest(message) as SHA256Digest, padding: padding)
        case 48: return key.isValidSignature(signature, for: unsafe digest(message) as SHA384Digest, padding: padding)
        default: return key.isValidSignature(signature, for: unsafe digest(message) as SHA512Digest, padding: padding)
        }
    }
}
