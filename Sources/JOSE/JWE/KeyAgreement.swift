internal import Crypto

/// A recipient's or a sender's public key of an ECDH exchange.
enum AgreementPublicKey: Sendable {
    case p256(P256.KeyAgreement.PublicKey)
    case p384(P384.KeyAgreement.PublicKey)
    case p521(P521.KeyAgreement.PublicKey)
    case x25519(Curve25519.KeyAgreement.PublicKey)
    case x448(X448PublicKey)

    /// Refuses points that are not on the curve.
    /// - Throws: `key-invalid`.
    init(curve: EllipticCurve, x: [UInt8], y: [UInt8]) throws(JOSEError) {
        do {
            switch curve {
            case .p256: self = .p256(try P256.KeyAgreement.PublicKey(rawRepresentation: x + y))
            case .p384: self = .p384(try P384.KeyAgreement.PublicKey(rawRepresentation: x + y))
            case .p521: self = .p521(try P521.KeyAgreement.PublicKey(rawRepresentation: x + y))
            case .x25519: self = .x25519(try Curve25519.KeyAgreement.PublicKey(rawRepresentation: x))
            case .x448: self = .x448(try X448PublicKey(x))
            case .secp256k1, .ed25519, .ed448: throw Self.notForAgreement(curve)
            }
        } catch let error as JOSEError {
            throw error
        } catch {
            throw KeyMaterial.invalid("the public key is no point of the curve")
        }
    }

    /// Refuses points that are not on the curve.
    /// - Throws: `key-invalid`.
    init(_ key: EphemeralKey) throws(JOSEError) {
        try self.init(curve: key.curve, x: key.x, y: key.y)
    }

    static func notForAgreement(_ curve: EllipticCurve) -> JOSEError {
        KeyMaterial.invalid("\(curve.rawValue) keys sign, they do not agree")
    }

    var curve: EllipticCurve {
        switch self {
        case .p256: .p256
        case .p384: .p384
        case .p521: .p521
        case .x25519: .x25519
        case .x448: .x448
        }
    }
}

/// A private key of an ECDH exchange.
enum AgreementPrivateKey: Sendable {
    case p256(P256.KeyAgreement.PrivateKey)
    case p384(P384.KeyAgreement.PrivateKey)
    case p521(P521.KeyAgreement.PrivateKey)
    case x25519(Curve25519.KeyAgreement.PrivateKey)
    case x448(X448PrivateKey)

    /// - Throws: `key-invalid`.
    init(curve: EllipticCurve, d: SecretBytes) throws(JOSEError) {
        do {
            switch curve {
            case .p256: self = .p256(try P256.KeyAgreement.PrivateKey(secret: d))
            case .p384: self = .p384(try P384.KeyAgreement.PrivateKey(secret: d))
            case .p521: self = .p521(try P521.KeyAgreement.PrivateKey(secret: d))
            case .x25519: self = .x25519(try Curve25519.KeyAgreement.PrivateKey(secret: d))
            case .x448: self = .x448(try X448PrivateKey(secret: d))
            case .secp256k1, .ed25519, .ed448: throw AgreementPublicKey.notForAgreement(curve)
            }
        } catch let error as JOSEError {
            throw error
        } catch {
            throw KeyMaterial.invalid("the private key is out of range")
        }
    }

    /// A new key for one exchange.
    /// - Throws: `key-invalid` for a curve that is for signatures.
    static func ephemeral(on curve: EllipticCurve) throws(JOSEError) -> AgreementPrivateKey {
        switch curve {
        case .p256: .p256(P256.KeyAgreement.PrivateKey())
        case .p384: .p384(P384.KeyAgreement.PrivateKey())
        case .p521: .p521(P521.KeyAgreement.PrivateKey())
        case .x25519: .x25519(Curve25519.KeyAgreement.PrivateKey())
        case .x448: .x448(try X448PrivateKey(secret: .random(count: curve.coordinateBytes)))
        case .secp256k1, .ed25519, .ed448: throw AgreementPublicKey.notForAgreement(curve)
        }
    }

    var curve: EllipticCurve {
        switch self {
        case .p256: .p256
        case .p384: .p384
        case .p521: .p521
        case .x25519: .x25519
        case .x448: .x448
        }
    }

    /// The public half: on the P curves x and y together.
    var publicOctets: [UInt8] {
        switch self {
        case .p256(let key): [UInt8](key.publicKey.rawRepresentation)
        case .p384(let key): [UInt8](key.publicKey.rawRepresentation)
        case .p521(let key): [UInt8](key.publicKey.rawRepresentation)
        case .x25519(let key): [UInt8](key.publicKey.rawRepresentation)
        case .x448(let key): key.publicOctets
        }
    }

    /// The shared secret, or nil if the keys are on different curves or the secret of X25519 or X448 is all zero, which
    /// a peer's point of low order forces (RFC 7748 section 6) and the library below may let through. On the P curves,
    /// whose order is prime, zero is an x-coordinate like any other.
    func sharedSecret(with peer: AgreementPublicKey) -> AgreementSecret? {
        switch (self, peer) {
        case (.p256(let key), .p256(let peer)):
            return (try? key.sharedSecretFromKeyAgreement(with: peer)).map { .library($0) }
        case (.p384(let key), .p384(let peer)):
            return (try? key.sharedSecretFromKeyAgreement(with: peer)).map { .library($0) }
        case (.p521(let key), .p521(let peer)):
            return (try? key.sharedSecretFromKeyAgreement(with: peer)).map { .library($0) }
        case (.x25519(let key), .x25519(let peer)):
            guard let secret = try? key.sharedSecretFromKeyAgreement(with: peer),
                unsafe !secret.withUnsafeBytes({ unsafe constantTimeIsZero($0) })
            else { return nil }
            return .library(secret)
        case (.x448(let key), .x448(let peer)):
            return key.sharedSecret(with: peer).map { .octets($0) }
        default: return nil
        }
    }
}

/// What both sides of an exchange have when it is done, Z: wiped with its last copy.
enum AgreementSecret {
    case library(SharedSecret)
    case octets(SecretBytes)

    /// Lends the octets for the length of a call.
    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        switch self {
        case .library(let secret): try unsafe secret.withUnsafeBytes(body)
        case .octets(let secret): try unsafe secret.withUnsafeBytes(body)
        }
    }
}
