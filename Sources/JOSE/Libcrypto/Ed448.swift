internal import CLibcrypto

/// A public key of Ed448 (RFC 8032 section 5.2).
struct Ed448PublicKey: Sendable {
    private let key: LibcryptoKey

    /// Refuses what is no point of the curve, is not encoded canonically, or is of low order.
    /// - Throws: `key-invalid`.
    init(_ octets: [UInt8]) throws(JOSEError) {
        guard octets.count == CLIBCRYPTO_ED448_KEY, unsafe clibcrypto_ed448_is_point(octets) == 1 else {
            throw KeyMaterial.invalid("x is no point of edwards448")
        }
        guard !Self.isLowOrder(octets) else { throw KeyMaterial.invalid("x is of low order") }
        guard let key = unsafe LibcryptoKey(clibcrypto_octet_public(CLIBCRYPTO_ED448, octets, octets.count)) else {
            throw KeyMaterial.invalid("x is no key of Ed448")
        }
        self.key = key
    }

    func isValid(_ signature: [UInt8], for message: UnsafeRawBufferPointer) -> Bool {
        guard signature.count == CLIBCRYPTO_ED448_SIGNATURE else { return false }
        return unsafe key.withHandle {
            unsafe clibcrypto_ed448_verify($0, message.octets, message.count, signature) == 1
        }
    }

    /// Whether the point is of order 1, 2 or 4: y is 1, -1 or 0. Such a key verifies one signature over every message,
    /// or over every fourth.
    private static func isLowOrder(_ octets: [UInt8]) -> Bool {
        let y = octets.prefix(56)
        let minusOne = [0xFE] + [UInt8](repeating: 0xFF, count: 27) + [0xFE] + [UInt8](repeating: 0xFF, count: 27)
        return y.dropFirst().allSatisfy { $0 == 0 } && octets[0] <= 1 || [UInt8](y) == minusOne
    }
}

/// A private key of Ed448.
struct Ed448PrivateKey: Sendable {
    private let key: LibcryptoKey

    /// The public half.
    let publicOctets: [UInt8]

    /// - Throws: `key-invalid` if the octets are not 57.
    init(secret: SecretBytes) throws(JOSEError) {
        (key, publicOctets) = try secret.octetKeyPair(CLIBCRYPTO_ED448)
    }

    /// - Throws: `operation-failed`.
    func signature(for message: UnsafeRawBufferPointer) throws(JOSEError) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: CLIBCRYPTO_ED448_SIGNATURE)
        let done = unsafe key.withHandle {
            unsafe clibcrypto_ed448_sign($0, message.octets, message.count, &signature)
        }
        guard done == 1 else { throw JOSEError(.operationFailed, "the message could not be signed") }
        return signature
    }
}

extension SecretBytes {
    /// The octets as a private key of Ed448 or X448, with its public half.
    /// - Throws: `key-invalid` if they are of the wrong number.
    func octetKeyPair(_ kind: clibcrypto_octet_kind) throws(JOSEError) -> (key: LibcryptoKey, publicOctets: [UInt8]) {
        let size = kind == CLIBCRYPTO_ED448 ? CLIBCRYPTO_ED448_KEY : CLIBCRYPTO_X448_KEY
        var publicOctets = [UInt8](repeating: 0, count: size)
        let key = unsafe withUnsafeBytes { unsafe LibcryptoKey(clibcrypto_octet_private(kind, $0.octets, $0.count)) }
        guard let key,
            unsafe key.withHandle({ unsafe clibcrypto_octet_public_octets($0, &publicOctets, size) }) == 1
        else { throw KeyMaterial.invalid("expected \(size) octets in d") }
        return (key, publicOctets)
    }
}
