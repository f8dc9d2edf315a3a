internal import Crypto
internal import CryptoExtras

/// A private or symmetric key bound to one way of key management, parsed once and cheap to copy.
public struct DecryptionKey: Sendable {
    let backing: Backing

    /// Binds a key to an algorithm.
    /// - Parameter contentEncryption: the content encryptions it may be used with. For `dir` the key's size and `alg`
    ///   narrow them further.
    /// - Throws: `alg-not-allowed` for PBES2, which takes a `PasswordKey`; `key-mismatch` if the key is of another type, curve, size or `alg`; `key-use-mismatch` if `use` or
    ///   `key_ops` forbid decrypting; `key-invalid` if it is too weak or has no private half.
    public init(
        _ jwk: JWK, algorithm: KeyManagementAlgorithm,
        contentEncryption: Set<ContentEncryptionAlgorithm> = ContentEncryptionAlgorithm.all
    ) throws(JOSEError) {
        let allowed = try algorithm.contentEncryption(of: jwk, among: contentEncryption)
        try KeyUsage.decrypt(algorithm).check(jwk)
        backing = Backing(
            kid: jwk.kid,
            algorithm: algorithm,
            contentEncryption: allowed,
            recipient: try Recipient(jwk.material, algorithm: algorithm)
        )
    }

    /// Binds the public half of a key whose private half is held elsewhere, in an HSM or a KMS, to the algorithm that its
    /// `alg` names: tokens for it are recognised (`NestedToken.locate`) and not opened, which fails with
    /// `decryption-failed`.
    /// - Throws: `alg-not-allowed` for a key that has no public half; otherwise as `EncryptionKey.init(_:)`.
    public init(
        heldElsewhere publicJWK: JWK,
        contentEncryption: Set<ContentEncryptionAlgorithm> = ContentEncryptionAlgorithm.all
    ) throws(JOSEError) {
        let key = try EncryptionKey(publicJWK, contentEncryption: contentEncryption)
        guard !key.algorithm.isSymmetric else {
            throw JOSEError(.algorithmNotAllowed, "a shared secret has no public half")
        }
        backing = Backing(
            kid: key.kid, algorithm: key.algorithm, contentEncryption: key.contentEncryption, recipient: .elsewhere)
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

    /// What opens the content key.
    enum Recipient: Sendable {
        case shared(SymmetricKey)
        case agreement(AgreementPrivateKey)
        case rsa(RSADecryptor)
        case oaep(OAEPDecryptor)
        case password(PasswordKey)
        case hpke(HPKEPrivateKey)
        case elsewhere

        init(_ material: KeyMaterial, algorithm: KeyManagementAlgorithm) throws(JOSEError) {
            switch material {
            case .symmetric(let secret) where algorithm.isSymmetric:
                self = .shared(try algorithm.sharedKey(secret))
            case .elliptic(let curve, _, _, let d) where algorithm.isKeyAgreement && curve.isForAgreement:
                self = .agreement(try AgreementPrivateKey(curve: curve, d: try Self.privateHalf(d)))
            case .octetPair(let curve, _, let d) where algorithm.isKeyAgreement && curve.isForAgreement:
                self = .agreement(try AgreementPrivateKey(curve: curve, d: try Self.privateHalf(d)))
            case .elliptic(let curve, _, _, let d) where algorithm.hpkeSuite?.curve == curve:
                self = .hpke(.agreement(try AgreementPrivateKey(curve: curve, d: try Self.privateHalf(d))))
            case .octetPair(let curve, _, let d) where algorithm.hpkeSuite?.curve == curve:
                self = .hpke(.agreement(try AgreementPrivateKey(curve: curve, d: try Self.privateHalf(d))))
            case .algorithmPair(let pair, _, let seed)
            where algorithm.hpkeSuite == .xWing && isSameText(pair.rawValue, algorithm.rawValue):
                self = .hpke(.xWing(try XWingPrivateKey(seed: try Self.privateHalf(seed))))
            case .rsa(let numbers) where algorithm.isRSA:
                _ = try Self.privateHalf(numbers.secret)
                if let hash = algorithm.oaepHash {
                    self = .oaep(try OAEPDecryptor(numbers, hash: hash))
                } else {
                    self = .rsa(RSADecryptor(key: try numbers.decryptionKey()))
                }
            default:
                throw algorithm.mismatch(material)
            }
        }

        private static func privateHalf<Secret>(_ secret: Secret?) throws(JOSEError) -> Secret {
            guard let secret else { throw KeyMaterial.invalid("expected a private key, got a public one") }
            return secret
        }
    }
}

/// `@unchecked Sendable`: see `RSAEncryptor`; the blinding values of private uses are behind BoringSSL's own lock.
struct RSADecryptor: @unchecked Sendable {
    let key: _RSA.Encryption.PrivateKey
}
