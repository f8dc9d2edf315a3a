internal import Crypto
internal import CryptoExtras
internal import FoundationEssentials

/// The numbers of an RSA key (RFC 7518 section 6.3), of 2,048 to 8,192 bits.
///
/// The public exponent of a stranger's key may be any odd number from 3 to 33 bits: the paddings here (PKCS #1 v1.5
/// compared whole, PSS, OAEP) do not get weaker by a small one, and old keys have 3 and 17. Keys made here have 65,537.
struct RSANumbers: Sendable {
    /// The private numbers, in the order of RFC 8017 appendix A.1.2.
    struct Secret: Sendable {
        var d: SecretBytes
        var p: SecretBytes
        var q: SecretBytes
        var dp: SecretBytes
        var dq: SecretBytes
        var qi: SecretBytes
    }

    var n: [UInt8]
    var e: [UInt8]
    var secret: Secret?

    init(n: [UInt8], e: [UInt8], secret: Secret?) {
        self.n = n
        self.e = e
        self.secret = secret
    }

    /// Reads and checks a JWK's members. A private key needs all of d, p, q, dp, dq, qi; more than two primes are
    /// refused. RFC 7518 section 6.3.2 lets writers give d alone, but asks them not to: to work out the others means to
    /// factor a stranger's number, which has no bound if that number is made for it.
    /// - Throws: `key-invalid`.
    init(_ object: JSONObject) throws(JOSEError) {
        n = try Self.number("n", of: object)
        e = try Self.number("e", of: object)
        guard object["oth"] == nil else { throw KeyMaterial.invalid("RSA keys of more than two primes are refused") }
        let names = ["d", "p", "q", "dp", "dq", "qi"]
        let missing = names.filter { object[$0] == nil }
        if missing.count < names.count {
            guard missing.isEmpty else {
                throw KeyMaterial.invalid("a private RSA key needs d, p, q, dp, dq and qi; without: \(missing)")
            }
            secret = Secret(
                d: SecretBytes(try Self.number("d", of: object)),
                p: SecretBytes(try Self.number("p", of: object)),
                q: SecretBytes(try Self.number("q", of: object)),
                dp: SecretBytes(try Self.number("dp", of: object)),
                dq: SecretBytes(try Self.number("dq", of: object)),
                qi: SecretBytes(try Self.number("qi", of: object))
            )
        }
        try check()
    }

    /// Checks numbers that come from elsewhere than a JWK.
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

    private static func number(_ name: String, of object: JSONObject) throws(JOSEError) -> [UInt8] {
        let number = try KeyMaterial.octets(name, of: object)
        guard let first = number.first, first != 0 else {
            throw KeyMaterial.invalid("\(name) is empty or begins with a zero octet")
        }
        return number
    }

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
