internal import Crypto

/// A recipient's or a sender's public key of an ECDH exchange.
enum AgreementPublicKey: Sendable {
    case p256(P256.KeyAgreement.PublicKey)
    case p384(P384.KeyAgreement.PublicKey)
    case p521(P521.KeyAgreement.PublicKey)
    case x25519(Curve25519.KeyAgreement.PublicKey)

    /// Refuses points that are not on the curve.
    /// - Throws: `key-invalid`.
    init(curve: EllipticCurve, x: [UInt8], y: [UInt8]) throws(JOSEError) {
        do {
            switch curve {
            case .p256: self = .p256(try P256.KeyAgreement.PublicKey(rawRepresentation: x + y))
            case .p384: self = .p384(try P384.KeyAgreement.PublicKey(rawRepresentation: x + y))
            case .p521: self = .p521(try P521.KeyAgreement.PublicKey(rawRepresentation: x + y))
            case .x25519: self = .x25519(try Curve25519.KeyAgreement.PublicKey(rawRepresentation: x))
            case .ed25519: throw KeyMaterial.invalid("Ed25519 keys sign, they do not agree")
            }
        } catch let error as JOSEError {
            throw error
        } catch {
            throw KeyMaterial.invalid("the public key is no point of the curve")
        }
    }

    var curve: EllipticCurve {
        switch self {
        case .p256: .p256
        case .p384: .p384
        case .p521: .p521
        case .x25519: .x25519
        }
    }
}

/// A private key of an ECDH exchange.
enum AgreementPrivateKey: Sendable {
    case p256(P256.KeyAgreement.PrivateKey)
    case p384(P384.KeyAgreement.PrivateKey)
    case p521(P521.KeyAgreement.PrivateKey)
    case x25519(Curve25519.KeyAgreement.PrivateKey)

    /// - Throws: `key-invalid`.
    init(curve: EllipticCurve, d: SecretBytes) throws(JOSEError) {
        do {
            switch curve {
            case .p256: self = .p256(try P256.KeyAgreement.PrivateKey(secret: d))
            case .p384: self = .p384(try P384.KeyAgreement.PrivateKey(secret: d))
            case .p521: self = .p521(try P521.KeyAgreement.PrivateKey(secret: d))
            case .x25519: self = .x25519(try Curve25519.KeyAgreement.PrivateKey(secret: d))
            case .ed25519: throw KeyMaterial.invalid("Ed25519 keys sign, they do not agree")
            }
        } catch let error as JOSEError {
            throw error
        } catch {
            throw KeyMaterial.invalid("the private key is out of range")
        }
    }

    /// A new key for one exchange.
    static func ephemeral(on curve: EllipticCurve) -> AgreementPrivateKey {
        switch curve {
        case .p256: .p256(P256.KeyAgreement.PrivateKey())
        case .p384: .p384(P384.KeyAgreement.PrivateKey())
        case .p521: .p521(P521.KeyAgreement.PrivateKey())
        case .x25519, .ed25519: .x25519(Curve25519.KeyAgreement.PrivateKey())
        }
    }

    var curve: EllipticCurve {
        switch self {
        case .p256: .p256
        case .p384: .p384
        case .p521: .p521
        case .x25519: .x25519
        }
    }

    /// The public half: on the P curves x and y together.
    var publicOctets: [UInt8] {
        switch self {
        case .p256(let key): [UInt8](key.publicKey.rawRepresentation)
        case .p384(let key): [UInt8](key.publicKey.rawRepresentation)
        case .p521(let key): [UInt8](key.publicKey.rawRepresentation)
        case .x25519(let key): [UInt8](key.publicKey.rawRepresentation)
        }
    }

    /// The shared secret, or nil if the keys are on different curves or an X25519 secret is all zero, which a peer's
    /// point of low order forces (RFC 7748 section 6.1) and the library below lets through. On the P curves, whose
    /// order is prime, zero is an x-coordinate like any other.
    func sharedSecret(with peer: AgreementPublicKey) -> SharedSecret? {
        switch (self, peer) {
        case (.p256(let key), .p256(let peer)): return try? key.sharedSecretFromKeyAgreement(with: peer)
        case (.p384(let key), .p384(let peer)): return try? key.sharedSecretFromKeyAgreement(with: peer)
        case (.p521(let key), .p521(let peer)): return try? key.sharedSecretFromKeyAgreement(with: peer)
        case (.x25519(let key), .x25519(let peer)):
            guard let secret = try? key.sharedSecretFromKeyAgreement(with: peer),
                unsafe !secret.withUnsafeBytes({ unsafe constantTimeIsZero($0) })
            else { return nil }
            return secret
        default: return nil
        }
    }
}
