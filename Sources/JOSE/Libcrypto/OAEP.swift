internal import CLibcrypto
internal import Crypto

/// The hash of an RSA-OAEP that swift-crypto lacks.
enum OAEPHash: Int32, Sendable {
    case sha384 = 384
    case sha512 = 512
}

/// A public RSA key that encrypts by OAEP with SHA-384 or SHA-512 (RFC 8017 section 7.1).
struct OAEPEncryptor: Sendable {
    private let key: LibcryptoKey
    private let hash: OAEPHash

    /// - Throws: `key-invalid`.
    init(_ numbers: RSANumbers, hash: OAEPHash) throws(JOSEError) {
        let der = try KeyMaterial.rsa(numbers).der(.rsaPublicKey)
        guard let key = unsafe LibcryptoKey(clibcrypto_rsa_public(der, der.count)) else {
            throw KeyMaterial.invalid("the RSA numbers are out of range")
        }
        self.key = key
        self.hash = hash
    }

    /// - Throws: `operation-failed` if the plaintext is too long for the modulus.
    func encrypt(_ plaintext: UnsafeRawBufferPointer) throws(JOSEError) -> [UInt8] {
        var ciphertext: [UInt8] = []
        let done = unsafe key.withHandle { key in
            ciphertext = unsafe [UInt8](repeating: 0, count: clibcrypto_rsa_size(key))
            return unsafe clibcrypto_oaep_encrypt(
                key, hash.rawValue, plaintext.octets, plaintext.count, &ciphertext, ciphertext.count
            )
        }
        guard done == 1 else { throw JOSEError(.operationFailed, "the content key could not be encrypted") }
        return ciphertext
    }
}

/// A private RSA key that decrypts by OAEP with SHA-384 or SHA-512.
struct OAEPDecryptor: Sendable {
    private let key: LibcryptoKey
    private let hash: OAEPHash

    /// - Throws: `key-invalid`.
    init(_ numbers: RSANumbers, hash: OAEPHash) throws(JOSEError) {
        guard let secret = numbers.secretPKCS1(),
            let key = unsafe secret.withUnsafeBytes({ unsafe LibcryptoKey(clibcrypto_rsa_private($0.octets, $0.count)) }
            )
        else { throw KeyMaterial.invalid("the RSA numbers are out of range") }
        self.key = key
        self.hash = hash
    }

    /// The content key, or nil, whatever it is that failed.
    func decrypt(_ ciphertext: [UInt8]) -> SymmetricKey? {
        unsafe key.withHandle { key in
            var (done, count): (Int32, Int) = (0, 0)
            let plaintext = unsafe SecretStorage(count: clibcrypto_rsa_size(key)) { target in
                unsafe done = clibcrypto_oaep_decrypt(
                    key, hash.rawValue, ciphertext, ciphertext.count, target.baseAddress, target.count, &count
                )
            }
            guard done == 1, count <= plaintext.count else { return nil }
            return unsafe plaintext.withUnsafeBytes {
                unsafe SymmetricKey(data: UnsafeRawBufferPointer(rebasing: $0[0..<count]))
            }
        }
    }
}
