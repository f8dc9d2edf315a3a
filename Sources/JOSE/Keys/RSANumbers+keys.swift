internal import Crypto
internal import CryptoExtras
internal import FoundationEssentials

extension RSANumbers {
    /// Checks numbers, wherever they come from.
    /// - Throws: `key-invalid`.
    init(checking numbers: RSANumbers) throws(JOSEError) {
        self = numbers
        try check()
    }

    /// Makes a key.
    /// - Throws: `key-invalid` if `bits` is not 2,048 to 8,192 in steps of 256.
    static func generate(bits: Int) throws(JOSEError) -> RSANumbers {
        guard (2048...8192).contains(bits), bits % 256 == 0 else {
            throw KeyMaterial.invalid("expected 2048 to 8192 bits in steps of 256, got \(bits)")
        }
        do {
            let key = try _RSA.Signing.PrivateKey(keySize: .init(bitCount: bits))
            return try RSANumbers(pkcs1: [UInt8](key.derRepresentation))
        } catch let error as JOSEError {
            throw error
        } catch {
            throw JOSEError(.operationFailed, "the RSA key could not be made")
        }
    }

    /// The numbers as a signing key of the library below.
    func signingKey() throws(JOSEError) -> _RSA.Signing.PrivateKey {
        guard let der = pkcs1(), let key = try? _RSA.Signing.PrivateKey(derRepresentation: der) else {
            throw Self.unusable
        }
        return key
    }

    /// The numbers as a decryption key of the library below.
    func decryptionKey() throws(JOSEError) -> _RSA.Encryption.PrivateKey {
        guard let der = pkcs1(), let key = try? _RSA.Encryption.PrivateKey(derRepresentation: der) else {
            throw Self.unusable
        }
        return key
    }

    /// The public numbers as a verification key of the library below.
    func verificationKey() throws(JOSEError) -> _RSA.Signing.PublicKey {
        guard let key = try? _RSA.Signing.PublicKey(n: n, e: e) else { throw Self.unusable }
        return key
    }

    /// The public numbers as an encryption key of the library below.
    func encryptionKey() throws(JOSEError) -> _RSA.Encryption.PublicKey {
        guard let key = try? _RSA.Encryption.PublicKey(n: n, e: e) else { throw Self.unusable }
        return key
    }

    private static let unusable = JOSEError(.keyInvalid, "the RSA numbers do not belong together or are out of range")

    private var bits: Int {
        guard let first = n.first else { return 0 }
        return n.count * 8 - first.leadingZeroBitCount
    }

    private func check() throws(JOSEError) {
        guard (2048...8192).contains(bits) else {
            throw KeyMaterial.invalid("expected RSA of 2048 to 8192 bits, got \(bits)")
        }
        guard !WeakPrimes.isFingerprint(of: n) else {
            throw KeyMaterial.invalid("the RSA modulus is of the weak kind of CVE-2017-15361")
        }
        _ = try verificationKey()
        // The reader of the library below checks that p·q = n and that all exponents belong together.
        if secret != nil { _ = try signingKey() }
    }
}
