internal import Crypto
internal import CryptoExtras
internal import FoundationEssentials

/// AES-CBC with HMAC (RFC 7518 section 5.2): the MAC is checked before a block is decrypted, so that padding is only
/// ever looked at in ciphertext that the sender made.
enum CBCHMAC {
    /// Opens nonce, ciphertext and tag in one buffer whose lengths have been checked, or gives nil.
    static func open(
        _ sealed: [UInt8], with key: SymmetricKey, _ algorithm: ContentEncryptionAlgorithm,
        authenticating header: UnsafeRawBufferPointer
    ) -> Data? {
        let nonceBytes = algorithm.nonceBytes
        let tagStart = sealed.count - algorithm.tagBytes
        guard tagStart >= nonceBytes else { return nil }
        let (macKey, cipherKey) = halves(of: key)
        return unsafe sealed.withUnsafeBytes { sealed -> Data? in
            let authenticated = unsafe UnsafeRawBufferPointer(rebasing: sealed[0..<tagStart])
            let tag = unsafe UnsafeRawBufferPointer(rebasing: sealed[tagStart...])
            let expected = unsafe code(macKey, algorithm, header, authenticated)
            let isAuthentic = unsafe expected.withUnsafeBytes {
                unsafe constantTimeEquals(UnsafeRawBufferPointer(rebasing: $0[0..<algorithm.tagBytes]), tag)
            }
            guard isAuthentic else { return nil }
            let ciphertext = unsafe UnsafeRawBufferPointer(rebasing: sealed[nonceBytes..<tagStart])
            guard let nonce = try? unsafe AES._CBC.IV(ivBytes: sealed[0..<nonceBytes]) else { return nil }
            return try? unsafe AES._CBC.decrypt(ciphertext, using: cipherKey, iv: nonce)
        }
    }

    /// Encrypts, then authenticates.
    static func seal(
        _ plaintext: UnsafeRawBufferPointer, with key: SymmetricKey, _ algorithm: ContentEncryptionAlgorithm,
        nonce: [UInt8], authenticating header: [UInt8]
    ) throws -> (ciphertext: [UInt8], tag: [UInt8]) {
        let (macKey, cipherKey) = halves(of: key)
        let ciphertext = try unsafe AES._CBC.encrypt(plaintext, using: cipherKey, iv: AES._CBC.IV(ivBytes: nonce))
        let authenticated = nonce + ciphertext
        let tag = unsafe authenticated.withUnsafeBytes { authenticated in
            unsafe header.withUnsafeBytes { unsafe code(macKey, algorithm, $0, authenticated) }
        }
        return ([UInt8](ciphertext), [UInt8](tag.prefix(algorithm.tagBytes)))
    }

    /// The MAC key is the first half, the AES key the second (section 5.2.2.1).
    private static func halves(of key: SymmetricKey) -> (mac: SymmetricKey, cipher: SymmetricKey) {
        unsafe key.withUnsafeBytes { octets in
            let half = octets.count / 2
            return unsafe (
                SymmetricKey(data: UnsafeRawBufferPointer(rebasing: octets[..<half])),
                SymmetricKey(data: UnsafeRawBufferPointer(rebasing: octets[half...]))
            )
        }
    }

    /// The code over A, IV, E and AL, not yet truncated.
    private static func code(
        _ key: SymmetricKey, _ algorithm: ContentEncryptionAlgorithm, _ header: UnsafeRawBufferPointer,
        _ nonceAndCiphertext: UnsafeRawBufferPointer
    ) -> [UInt8] {
        switch algorithm.keyBytes {
        case 32: unsafe [UInt8](code(HMAC<SHA256>(key: key), header, nonceAndCiphertext))
        case 48: unsafe [UInt8](code(HMAC<SHA384>(key: key), header, nonceAndCiphertext))
        default: unsafe [UInt8](code(HMAC<SHA512>(key: key), header, nonceAndCiphertext))
        }
    }

    private static func code<Hash>(
        _ keyed: HMAC<Hash>, _ header: UnsafeRawBufferPointer, _ nonceAndCiphertext: UnsafeRawBufferPointer
    ) -> HMAC<Hash>.MAC {
        var keyed = keyed
        unsafe keyed.update(data: header)
        unsafe keyed.update(data: nonceAndCiphertext)
        // AL: the bits of A as a 64-bit big-endian number. A header is far too short for the product to overflow.
        let bits = (UInt64(truncatingIfNeeded: header.count) &* 8).bigEndian
        unsafe withUnsafeBytes(of: bits) { unsafe keyed.update(data: $0) }
        return keyed.finalize()
    }
}
