internal import Crypto
internal import CryptoExtras
internal import FoundationEssentials

/// The six content encryptions (RFC 7518 section 5).
enum ContentCipher {
    /// Opens a ciphertext whose parts are still encoded, or gives nil: why is nobody's business.
    /// - Throws: `base64url-invalid`.
    static func open(
        _ token: Span<UInt8>, _ parts: CompactJWEParts, with key: SymmetricKey, _ algorithm: ContentEncryptionAlgorithm
    ) throws(JOSEError) -> Data? {
        let nonce = token.extracting(parts.nonce)
        let ciphertext = token.extracting(parts.ciphertext)
        let tag = token.extracting(parts.tag)
        guard let nonceBytes = Base64URL.decodedCount(nonce.count),
            let ciphertextBytes = Base64URL.decodedCount(ciphertext.count),
            let tagBytes = Base64URL.decodedCount(tag.count)
        else { throw Base64URL.invalid }
        // Nonce, ciphertext and tag in one buffer: the form in which the cipher below takes them without copying.
        let total = nonceBytes + ciphertextBytes + tagBytes
        var isValid = false
        let sealed = unsafe [UInt8](unsafeUninitializedCapacity: total) { target, initialized in
            isValid =
                unsafe decode(nonce, to: target, at: 0, nonceBytes)
                && decode(ciphertext, to: target, at: nonceBytes, ciphertextBytes)
                && decode(tag, to: target, at: nonceBytes + ciphertextBytes, tagBytes)
            initialized = isValid ? total : 0
        }
        guard isValid else { throw Base64URL.invalid }
        guard nonceBytes == algorithm.nonceBytes, tagBytes == algorithm.tagBytes,
            key.bitCount == algorithm.keyBytes * 8
        else { return nil }
        return unsafe token.extracting(parts.header).withUnsafeBytes { header in
            algorithm.isGCM
                ? unsafe openGCM(sealed, key, header)
                : unsafe CBCHMAC.open(sealed, with: key, algorithm, authenticating: header)
        }
    }

    /// Seals a plaintext.
    /// - Parameter nonce: drawn anew for every call, except in tests.
    /// - Throws: `operation-failed`.
    static func seal(
        _ plaintext: Span<UInt8>, with key: SymmetricKey, _ algorithm: ContentEncryptionAlgorithm, nonce: [UInt8],
        authenticating header: [UInt8]
    ) throws(JOSEError) -> (ciphertext: [UInt8], tag: [UInt8]) {
        guard nonce.count == algorithm.nonceBytes, key.bitCount == algorithm.keyBytes * 8 else {
            throw JOSEError(.operationFailed, "the nonce or the key is of the wrong length")
        }
        do {
            return try unsafe plaintext.withUnsafeBytes { plaintext in
                guard algorithm.isGCM else {
                    return try unsafe CBCHMAC.seal(
                        plaintext, with: key, algorithm, nonce: nonce, authenticating: header
                    )
                }
                let box = try unsafe AES.GCM.seal(
                    plaintext, using: key, nonce: AES.GCM.Nonce(data: nonce), authenticating: header
                )
                return ([UInt8](box.ciphertext), [UInt8](box.tag))
            }
        } catch {
            throw JOSEError(.operationFailed, "the plaintext could not be encrypted")
        }
    }

    private static func decode(
        _ text: Span<UInt8>, to target: UnsafeMutableBufferPointer<UInt8>, at start: Int, _ count: Int
    ) -> Bool {
        unsafe text.withUnsafeBufferPointer {
            unsafe Base64URL.decode($0, to: UnsafeMutableBufferPointer(rebasing: target[start..<(start + count)]))
        }
    }

    private static func openGCM(
        _ sealed: [UInt8], _ key: SymmetricKey, _ header: UnsafeRawBufferPointer
    ) -> Data? {
        guard let box = try? AES.GCM.SealedBox(combined: sealed) else { return nil }
        return try? unsafe AES.GCM.open(box, using: key, authenticating: header)
    }
}
