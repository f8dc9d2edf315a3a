internal import CLibcrypto
internal import Crypto
internal import CryptoExtras
internal import FoundationEssentials

extension RSANumbers {
    /// Checks numbers, wherever they come from.
    /// - Throws: `key-invalid`.
    init(checking numbers: RSANumbers) throws(JOSEError) {
        self = numbers
        // Before anything is worked out with the modulus, its size is known to be one of ours.
        try checkPublic()
        if let d = numbers.loneExponent {
            guard let secret = Self.secret(d: d, n: n, e: e) else { throw Self.unusable }
            self = RSANumbers(n: n, e: e, secret: secret)
        }
        // The reader of the library below checks that p·q = n and that all exponents belong together.
        if secret != nil { _ = try signingKey() }
    }

    /// The primes and what follows from them, of a private exponent that came without; nil if it does not belong to the
    /// modulus.
    private static func secret(d: SecretBytes, n: [UInt8], e: [UInt8]) -> Secret? {
        let count = n.count
        var found = [[UInt8]](repeating: [UInt8](repeating: 0, count: count), count: 5)
        defer { for index in found.indices { unsafe found[index].withUnsafeMutableBytes { unsafe wipe($0) } } }
        var (p, q, dp, dq, qi) = (found[0], found[1], found[2], found[3], found[4])
        // Each pointer is used within the call, for as many octets as stand beside it or as the modulus has.
        let isDone = unsafe d.withUnsafeBytes { d in
            unsafe clibcrypto_rsa_factors(
                n, n.count, e, e.count, d.baseAddress?.assumingMemoryBound(to: UInt8.self), d.count, &p, &q, &dp, &dq,
                &qi)
        }
        found = [p, q, dp, dq, qi]
        guard isDone == 1 else { return nil }
        let numbers = found.map { SecretBytes(Array($0.drop { $0 == 0 })) }
        return Secret(d: d, p: numbers[0], q: numbers[1], dp: numbers[2], dq: numbers[3], qi: numbers[4])
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

    private func checkPublic() throws(JOSEError) {
        guard (2048...8192).contains(bits) else {
            throw KeyMaterial.invalid("expected RSA of 2048 to 8192 bits, got \(bits)")
        }
        guard !WeakPrimes.isFingerprint(of: n) else {
            throw KeyMaterial.invalid("the RSA modulus is of the weak kind of CVE-2017-15361")
        }
        _ = try verificationKey()
    }
}
