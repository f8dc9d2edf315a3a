internal import CLibcrypto
internal import Crypto

/// A public key of ECDSA on secp256k1 (RFC 8812 section 3).
struct Secp256k1PublicKey: Sendable {
    private let key: LibcryptoKey

    /// Refuses points that are not on the curve.
    /// - Throws: `key-invalid`.
    init(x: [UInt8], y: [UInt8]) throws(JOSEError) {
        let point = [0x04] + x + y
        guard point.count == CLIBCRYPTO_SECP256K1_POINT,
            let key = unsafe LibcryptoKey(clibcrypto_secp256k1_public(point))
        else { throw KeyMaterial.invalid("x and y are no point of secp256k1") }
        self.key = key
    }

    /// Whether r and s, 64 octets, sign a digest.
    func isValid(_ signature: [UInt8], for digest: SHA256Digest) -> Bool {
        guard signature.count == CLIBCRYPTO_SECP256K1_SIGNATURE else { return false }
        return unsafe key.withHandle { key in
            unsafe digest.withUnsafeBytes { unsafe clibcrypto_secp256k1_verify(key, $0.octets, signature) == 1 }
        }
    }
}

/// A private key of ECDSA on secp256k1.
struct Secp256k1PrivateKey: Sendable {
    private let key: LibcryptoKey

    /// The public half: x and y, 32 octets each.
    let publicOctets: [UInt8]

    /// - Throws: `key-invalid` unless the scalar is from 1 to n - 1.
    init(secret: SecretBytes) throws(JOSEError) {
        var point = [UInt8](repeating: 0, count: CLIBCRYPTO_SECP256K1_POINT)
        guard secret.count == CLIBCRYPTO_SECP256K1_SCALAR,
            let key = unsafe secret.withUnsafeBytes({ unsafe LibcryptoKey(clibcrypto_secp256k1_private($0.octets)) }),
            unsafe key.withHandle({ unsafe clibcrypto_secp256k1_point($0, &point) }) == 1
        else { throw KeyMaterial.invalid("the private key is out of range") }
        self.key = key
        publicOctets = [UInt8](point.dropFirst())
    }

    /// r and s, 64 octets.
    /// - Throws: `operation-failed`.
    func signature(for digest: SHA256Digest) throws(JOSEError) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: CLIBCRYPTO_SECP256K1_SIGNATURE)
        let done = unsafe key.withHandle { key in
            unsafe digest.withUnsafeBytes { unsafe clibcrypto_secp256k1_sign(key, $0.octets, &signature) }
        }
        guard done == 1 else { throw JOSEError(.operationFailed, "the message could not be signed") }
        return signature
    }
}
