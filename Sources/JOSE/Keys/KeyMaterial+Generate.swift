internal import Crypto

extension KeyMaterial {
    /// Makes a key pair.
    /// - Throws: `operation-failed`.
    static func generate(on curve: EllipticCurve) throws(JOSEError) -> KeyMaterial {
        switch curve {
        case .p256:
            let key = P256.Signing.PrivateKey()
            return pair(curve, [UInt8](key.publicKey.rawRepresentation), d: SecretBytes([UInt8](key.rawRepresentation)))
        case .p384:
            let key = P384.Signing.PrivateKey()
            return pair(curve, [UInt8](key.publicKey.rawRepresentation), d: SecretBytes([UInt8](key.rawRepresentation)))
        case .p521:
            let key = P521.Signing.PrivateKey()
            return pair(curve, [UInt8](key.publicKey.rawRepresentation), d: SecretBytes([UInt8](key.rawRepresentation)))
        case .ed25519:
            let key = Curve25519.Signing.PrivateKey()
            return pair(curve, [UInt8](key.publicKey.rawRepresentation), d: SecretBytes([UInt8](key.rawRepresentation)))
        case .x25519:
            let key = Curve25519.KeyAgreement.PrivateKey()
            return pair(curve, [UInt8](key.publicKey.rawRepresentation), d: SecretBytes([UInt8](key.rawRepresentation)))
        case .secp256k1:
            return try drawn(on: curve) { (d) throws(JOSEError) in try Secp256k1PrivateKey(secret: d).publicOctets }
        case .ed448:
            return try drawn(on: curve) { (d) throws(JOSEError) in try Ed448PrivateKey(secret: d).publicOctets }
        case .x448:
            return try drawn(on: curve) { (d) throws(JOSEError) in try X448PrivateKey(secret: d).publicOctets }
        }
    }

    /// A key pair from octets of the system's generator. All octets are a key of Ed448 and X448; on secp256k1 about one
    /// in 2^128 draws is out of range, so that a second refusal says that the library is broken.
    private static func drawn(
        on curve: EllipticCurve, _ publicHalf: (SecretBytes) throws(JOSEError) -> [UInt8]
    ) throws(JOSEError) -> KeyMaterial {
        for _ in 0..<2 {
            let d = SecretBytes.random(count: curve.coordinateBytes)
            if let octets = try? publicHalf(d) { return pair(curve, octets, d: d) }
        }
        throw JOSEError(.operationFailed, "the key could not be made")
    }

    /// `octets` is the public half: on the curves of EC keys x and y together.
    private static func pair(_ curve: EllipticCurve, _ octets: [UInt8], d: SecretBytes) -> KeyMaterial {
        guard !curve.isOctetKeyPair else { return .octetPair(curve, x: octets, d: d) }
        let half = curve.coordinateBytes
        return .elliptic(curve, x: [UInt8](octets.prefix(half)), y: [UInt8](octets.suffix(half)), d: d)
    }
}
