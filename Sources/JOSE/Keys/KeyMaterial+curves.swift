internal import Crypto

extension KeyMaterial {
    /// Checks a key of which x, y and d have the curve's own size.
    static func checked(
        _ curve: EllipticCurve, x: [UInt8], y: [UInt8], d: SecretBytes?
    ) throws(JOSEError) -> KeyMaterial {
        // The initialisers refuse points off the curve and scalars out of range.
        let derived: [UInt8]?
        do {
            switch curve {
            case .p256:
                _ = try P256.Signing.PublicKey(rawRepresentation: x + y)
                derived = try d.map { try [UInt8](P256.Signing.PrivateKey(secret: $0).publicKey.rawRepresentation) }
            case .p384:
                _ = try P384.Signing.PublicKey(rawRepresentation: x + y)
                derived = try d.map { try [UInt8](P384.Signing.PrivateKey(secret: $0).publicKey.rawRepresentation) }
            case .p521:
                _ = try P521.Signing.PublicKey(rawRepresentation: x + y)
                derived = try d.map { try [UInt8](P521.Signing.PrivateKey(secret: $0).publicKey.rawRepresentation) }
            case .secp256k1:
                _ = try Secp256k1PublicKey(x: x, y: y)
                derived = try d.map { try Secp256k1PrivateKey(secret: $0).publicOctets }
            case .ed25519, .ed448, .x25519, .x448:
                throw invalid("the curve is not one of kty EC")
            }
        } catch let error as JOSEError {
            throw error
        } catch {
            throw invalid("x and y are no point of the curve, or d is out of range")
        }
        guard derived == nil || derived == x + y else { throw invalid("d does not belong to x and y") }
        return .elliptic(curve, x: x, y: y, d: d)
    }

    /// Checks a key of which x and d have the curve's own size.
    static func checked(_ curve: EllipticCurve, x: [UInt8], d: SecretBytes?) throws(JOSEError) -> KeyMaterial {
        let derived: [UInt8]?
        do {
            switch curve {
            case .ed25519:
                guard !Curve25519Points.isWeakEdwards(x) else { throw invalid("x is of low order or not canonical") }
                _ = try Curve25519.Signing.PublicKey(rawRepresentation: x)
                derived = try d.map {
                    try [UInt8](Curve25519.Signing.PrivateKey(secret: $0).publicKey.rawRepresentation)
                }
            case .ed448:
                _ = try Ed448PublicKey(x)
                derived = try d.map { try Ed448PrivateKey(secret: $0).publicOctets }
            case .x25519:
                guard try !Curve25519Points.isWeakMontgomery(x) else { throw invalid("x is of low order") }
                derived = try d.map {
                    try [UInt8](Curve25519.KeyAgreement.PrivateKey(secret: $0).publicKey.rawRepresentation)
                }
            case .x448:
                guard try !X448PublicKey(x).isLowOrder else { throw invalid("x is of low order") }
                derived = try d.map { try X448PrivateKey(secret: $0).publicOctets }
            case .p256, .p384, .p521, .secp256k1:
                throw invalid("the curve is not one of kty OKP")
            }
        } catch let error as JOSEError {
            throw error
        } catch {
            throw invalid("x is no key of the curve")
        }
        guard derived == nil || derived == x else { throw invalid("d does not belong to x") }
        return .octetPair(curve, x: x, d: d)
    }
}
