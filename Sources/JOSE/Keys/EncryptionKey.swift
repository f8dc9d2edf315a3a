internal import Crypto
internal import CryptoExtras

/// A public or symmetric key bound to one way of key management, parsed once and cheap to copy.
public struct EncryptionKey: Sendable {
    let backing: Backing

    /// Binds a key, or the public half of a key pair, to an algorithm.
    /// - Parameter contentEncryption: the content encryptions it may be used with. For `dir` the key's size and `alg`
    ///   narrow them further.
    /// - Throws: `alg-not-allowed` for PBES2, which takes a `PasswordKey`; `key-mismatch` if the key is of another type, curve, size or `alg`; `key-use-mismatch` if `use` or
    ///   `key_ops` forbid encrypting; `key-invalid` if it is too weak.
    public init(
        _ jwk: JWK, algorithm: KeyManagementAlgorithm,
        contentEncryption: Set<ContentEncryptionAlgorithm> = ContentEncryptionAlgorithm.all
    ) throws(JOSEError) {
        let allowed = try algorithm.contentEncryption(of: jwk, among: contentEncryption)
        try KeyUsage.encrypt(algorithm).check(jwk)
        backing = Backing(
            kid: jwk.kid,
            algorithm: algorithm,
            contentEncryption: allowed,
            recipient: try Recipient(jwk.material, algorithm: algorithm)
        )
    }

    /// Binds a password to the PBES2 algorithm that it is for.
    /// - Parameter contentEncryption: the content encryptions it may be used with.
    public init(
        _ password: PasswordKey, contentEncryption: Set<ContentEncryptionAlgorithm> = ContentEncryptionAlgorithm.all
    ) {
        backing = Backing(
            kid: password.kid,
            algorithm: password.algorithm,
            contentEncryption: contentEncryption,
            recipient: .password(password)
        )
    }

    /// Binds a key to the algorithm that its `alg` names; the name of a content encryption stands for `dir` with it.
    /// - Throws: `key-invalid` if it names none; otherwise as `init(_:algorithm:contentEncryption:)`.
    public init(
        _ jwk: JWK, contentEncryption: Set<ContentEncryptionAlgorithm> = ContentEncryptionAlgorithm.all
    ) throws(JOSEError) {
        try self.init(jwk, algorithm: try KeyManagementAlgorithm(namedBy: jwk), contentEncryption: contentEncryption)
    }

    /// The key's name.
    public var kid: String? { backing.kid }

    /// The one algorithm of the key.
    public var algorithm: KeyManagementAlgorithm { backing.algorithm }

    /// The content encryptions that it may be used with.
    public var contentEncryption: Set<ContentEncryptionAlgorithm> { backing.contentEncryption }

    final class Backing: Sendable {
        let kid: String?
        let algorithm: KeyManagementAlgorithm
        let contentEncryption: Set<ContentEncryptionAlgorithm>
        let recipient: Recipient

        init(
            kid: String?, algorithm: KeyManagementAlgorithm, contentEncryption: Set<ContentEncryptionAlgorithm>,
            recipient: Recipient
        ) {
            self.kid = kid
            self.algorithm = algorithm
            self.contentEncryption = contentEncryption
            self.recipient = recipient
        }
    }

    /// Whom the content key is for.
    enum Recipient: Sendable {
        case shared(SymmetricKey)
        case agreement(AgreementPublicKey)
        case rsa(RSAEncryptor)
        case oaep(OAEPEncryptor)
        case password(PasswordKey)
        case hpke(HPKEPublicKey)

        init(_ material: KeyMaterial, algorithm: KeyManagementAlgorithm) throws(JOSEError) {
            switch material {
            case .symmetric(let secret) where algorithm.isSymmetric:
                self = .shared(try algorithm.sharedKey(secret))
            case .elliptic(let curve, let x, let y, _) where algorithm.isKeyAgreement && curve.isForAgreement:
                self = .agreement(try AgreementPublicKey(curve: curve, x: x, y: y))
            case .octetPair(let curve, let x, _) where algorithm.isKeyAgreement && curve.isForAgreement:
                self = .agreement(try AgreementPublicKey(curve: curve, x: x, y: []))
            case .elliptic(let curve, let x, let y, _) where algorithm.hpkeSuite?.curve == curve:
                self = .hpke(.agreement(try AgreementPublicKey(curve: curve, x: x, y: y)))
            case .octetPair(let curve, let x, _) where algorithm.hpkeSuite?.curve == curve:
                self = .hpke(.agreement(try AgreementPublicKey(curve: curve, x: x, y: [])))
            case .algorithmPair(let pair, let pub, _)
            where algorithm.hpkeSuite == .xWing && isSameText(pair.rawValue, algorithm.rawValue):
                self = .hpke(.xWing(try XWingPublicKey(pub)))
            case .rsa(let numbers) where algorithm.isRSA:
                if let hash = algorithm.oaepHash {
                    self = .oaep(try OAEPEncryptor(numbers, hash: hash))
                } else {
                    self = .rsa(RSAEncryptor(key: try numbers.encryptionKey()))
                }
            default:
                throw algorithm.mismatch(material)
            }
        }
    }
}

/// `@unchecked Sendable`: the key of the library below is a reference to an object that is never written after it was
/// made and whose uses lock what they share (BoringSSL's rsa.h, "thread-safe"); its twin for signing is Sendable.
struct RSAEncryptor: @unchecked Sendable {
    let key: _RSA.Encryption.PublicKey
}
