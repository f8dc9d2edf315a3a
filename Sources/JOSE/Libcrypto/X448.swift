internal import CLibcrypto

/// A public key of X448 (RFC 7748 section 5).
struct X448PublicKey: Sendable {
    fileprivate let key: LibcryptoKey

    /// Every 56 octets are a key. One of low order is found by the exchange, which then gives nothing.
    /// - Throws: `key-invalid`.
    init(_ octets: [UInt8]) throws(JOSEError) {
        guard let key = unsafe LibcryptoKey(clibcrypto_octet_public(CLIBCRYPTO_X448, octets, octets.count)) else {
            throw KeyMaterial.invalid("x is no key of X448")
        }
        self.key = key
    }

    /// Whether every exchange with the key, by whichever private key, gives zero.
    var isLowOrder: Bool {
        get throws(JOSEError) {
            try X448PrivateKey(secret: .random(count: EllipticCurve.x448.coordinateBytes)).sharedSecret(with: self)
                == nil
        }
    }
}

/// A private key of X448.
struct X448PrivateKey: Sendable {
    private let key: LibcryptoKey

    /// The public half.
    let publicOctets: [UInt8]

    /// - Throws: `key-invalid` if the octets are not 56.
    init(secret: SecretBytes) throws(JOSEError) {
        (key, publicOctets) = try secret.octetKeyPair(CLIBCRYPTO_X448)
    }

    /// The shared secret, or nil if it is all zero, which a peer's point of low order forces (RFC 7748 section 6.2).
    func sharedSecret(with peer: X448PublicKey) -> SecretBytes? {
        var done: Int32 = 0
        let storage = unsafe SecretStorage(count: CLIBCRYPTO_X448_KEY) { target in
            unsafe key.withHandle { own in
                unsafe peer.key.withHandle { peer in
                    unsafe done = clibcrypto_x448_agree(own, peer, target.baseAddress)
                }
            }
        }
        return done == 1 ? SecretBytes(storage: storage) : nil
    }
}
