import Crypto
import CryptoExtras
import FoundationEssentials

/// The calls of the crypto library that sealing and opening can't do without, over octets of the same size.
///
/// Nothing of JOSE is here: no JSON, no base64url, no look-up of keys.
struct BarePrimitives {
    /// How the content key reaches the recipient.
    let recipient: Recipient
    /// How the signed token is signed.
    let signature: Signature

    /// One way of key management: both directions answer a content key.
    struct Recipient {
        let seal: () throws -> SymmetricKey
        let open: () throws -> SymmetricKey
    }

    /// One way of signing.
    struct Signature {
        let sign: (Data) throws -> Data
        let isValid: (Data, Data) -> Bool
    }

    /// Both directions for a token whose signed part has this many octets.
    func operations(innerBytes: Int) throws -> (seal: () throws -> Void, open: () throws -> Void) {
        let (recipient, signature) = (recipient, signature)
        let inner = Data((0..<innerBytes).map { UInt8(truncatingIfNeeded: $0) })
        let header = Data(repeating: 7, count: 180)
        let mark = try signature.sign(inner)
        let box = try AES.GCM.seal(inner, using: try recipient.open(), authenticating: header)
        let (nonce, ciphertext, tag) = (Data(box.nonce), box.ciphertext, box.tag)
        return (
            seal: {
                _ = try signature.sign(inner)
                let key = try recipient.seal()
                _ = try AES.GCM.seal(inner, using: key, nonce: AES.GCM.Nonce(), authenticating: header)
            },
            open: {
                let key = try recipient.open()
                let box = try AES.GCM.SealedBox(nonce: AES.GCM.Nonce(data: nonce), ciphertext: ciphertext, tag: tag)
                _ = try AES.GCM.open(box, using: key, authenticating: header)
                guard signature.isValid(mark, inner) else { throw CommandFailure.bug("a bare signature does not hold") }
            }
        )
    }
}

extension BarePrimitives.Recipient {
    static func x25519() throws -> Self {
        let own = Curve25519.KeyAgreement.PrivateKey()
        let sender = Curve25519.KeyAgreement.PrivateKey().publicKey.rawRepresentation
        return Self(
            seal: {
                let ephemeral = Curve25519.KeyAgreement.PrivateKey()
                _ = ephemeral.publicKey.rawRepresentation
                return derived(try ephemeral.sharedSecretFromKeyAgreement(with: own.publicKey))
            },
            open: {
                let peer = try Curve25519.KeyAgreement.PublicKey(rawRepresentation: sender)
                return derived(try own.sharedSecretFromKeyAgreement(with: peer))
            })
    }

    static func p256() throws -> Self {
        let own = P256.KeyAgreement.PrivateKey()
        let sender = P256.KeyAgreement.PrivateKey().publicKey.x963Representation
        return Self(
            seal: {
                let ephemeral = P256.KeyAgreement.PrivateKey()
                _ = ephemeral.publicKey.x963Representation
                return derived(try ephemeral.sharedSecretFromKeyAgreement(with: own.publicKey))
            },
            open: {
                let peer = try P256.KeyAgreement.PublicKey(x963Representation: sender)
                return derived(try own.sharedSecretFromKeyAgreement(with: peer))
            })
    }

    static func keyWrap() throws -> Self {
        let wrapping = SymmetricKey(size: .bits256)
        let wrapped = try AES.KeyWrap.wrap(SymmetricKey(size: .bits256), using: wrapping)
        return Self(
            seal: {
                let key = SymmetricKey(size: .bits256)
                _ = try AES.KeyWrap.wrap(key, using: wrapping)
                return key
            },
            open: { try AES.KeyWrap.unwrap(wrapped, using: wrapping) })
    }

    static func direct() -> Self {
        let key = SymmetricKey(size: .bits256)
        return Self(seal: { key }, open: { key })
    }

    static func rsaOAEP256() throws -> Self {
        let own = try _RSA.Encryption.PrivateKey(keySize: .bits2048)
        let encrypted = try own.publicKey.encrypt(
            Data(repeating: 1, count: 32), padding: .PKCS1_OAEP_SHA256)
        return Self(
            seal: {
                let key = SymmetricKey(size: .bits256)
                let octets = unsafe key.withUnsafeBytes { unsafe Data($0) }
                _ = try own.publicKey.encrypt(octets, padding: .PKCS1_OAEP_SHA256)
                return key
            },
            open: { SymmetricKey(data: try own.decrypt(encrypted, padding: .PKCS1_OAEP_SHA256)) })
    }

    /// One round of the key derivation of RFC 7518 section 4.6: a digest over the secret and some 30 octets more.
    private static func derived(_ secret: SharedSecret) -> SymmetricKey {
        var hash = SHA256()
        hash.update(data: [0, 0, 0, 1])
        unsafe secret.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
        hash.update(data: Data(repeating: 3, count: 30))
        return SymmetricKey(data: hash.finalize())
    }
}

extension BarePrimitives.Signature {
    static func es256() -> Self {
        let key = P256.Signing.PrivateKey()
        return Self(
            sign: { try key.signature(for: $0).rawRepresentation },
            isValid: { mark, octets in
                guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: mark) else { return false }
                return key.publicKey.isValidSignature(signature, for: octets)
            })
    }

    static func ed25519() -> Self {
        let key = Curve25519.Signing.PrivateKey()
        return Self(
            sign: { try key.signature(for: $0) },
            isValid: { mark, octets in key.publicKey.isValidSignature(mark, for: octets) })
    }

    static func hs256() -> Self {
        let key = SymmetricKey(size: .bits256)
        return Self(
            sign: { Data(HMAC<SHA256>.authenticationCode(for: $0, using: key)) },
            isValid: { mark, octets in
                HMAC<SHA256>.isValidAuthenticationCode(mark, authenticating: octets, using: key)
            })
    }

    static func rs256() throws -> Self {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        return Self(
            sign: { try key.signature(for: SHA256.hash(data: $0), padding: .insecurePKCS1v1_5).rawRepresentation },
            isValid: { mark, octets in
                key.publicKey.isValidSignature(
                    _RSA.Signing.RSASignature(rawRepresentation: mark), for: SHA256.hash(data: octets),
                    padding: .insecurePKCS1v1_5)
            })
    }
}
