internal import Crypto
internal import CryptoExtras

extension KeyMaterial {
    /// Checks the numbers of a structure, as those of a JWK are checked; a public half that is not there is computed.
    /// - Throws: `key-invalid`.
    init(_ structure: KeyStructure) throws(JOSEError) {
        switch structure {
        case .rsaPublic(let n, let e):
            self = .rsa(try RSANumbers(checking: RSANumbers(n: n, e: e, secret: nil)))
        case .rsaPrivate(let n, let e, let d, let p, let q, let dp, let dq, let qi):
            let secret = RSANumbers.Secret(d: d, p: p, q: q, dp: dp, dq: dq, qi: qi)
            self = .rsa(try RSANumbers(checking: RSANumbers(n: n, e: e, secret: secret)))
        case .elliptic(let curve, let point, let d):
            let (x, y) = try Self.coordinates(on: curve, point: point, d: d)
            self = try Self.checked(curve, x: x, y: y, d: d)
        case .octetPair(let curve, let x, let d):
            let x = try Self.publicHalf(x, on: curve, d: d)
            guard x.count == curve.coordinateBytes else {
                throw Self.invalid("expected a public key of \(curve.coordinateBytes) octets, got \(x.count)")
            }
            self = try Self.checked(curve, x: x, d: d)
        case .algorithmPair(let pair, let pub, let seed, let rho):
            self = try Self.algorithmPair(pair, pub: pub, seed: seed, rho: rho)
        }
    }

    private static func algorithmPair(
        _ pair: KeyPairAlgorithm, pub: [UInt8]?, seed: SecretBytes?, rho: [UInt8]?
    ) throws(JOSEError) -> KeyMaterial {
        if let pub, pub.count != pair.publicBytes {
            throw invalid("expected a public key of \(pair.publicBytes) octets, got \(pub.count)")
        }
        let key: KeyMaterial
        switch (pub, seed) {
        case (.some(let pub), _): key = try checked(pair, pub: pub, seed: seed)
        case (nil, .some(let seed)): key = try algorithmPair(pair, seed: seed)
        case (nil, nil): throw invalid("expected a public or a private key")
        }
        // FIPS 204 section 7.2: the public and the expanded private key begin with the same 32 octets. Only the seed is
        // used; a file whose other half is of another key is refused all the same.
        if let rho, case .algorithmPair(_, let pub, _) = key, !pub.starts(with: rho) {
            throw invalid("the seed and the expanded private key differ")
        }
        return key
    }

    /// Both coordinates of a point that is uncompressed, compressed (RFC 5480 section 2.2) or computed.
    private static func coordinates(
        on curve: EllipticCurve, point: [UInt8]?, d: SecretBytes?
    ) throws(JOSEError) -> (x: [UInt8], y: [UInt8]) {
        var point = try publicHalf(point, on: curve, d: d)
        let size = curve.coordinateBytes
        if let first = point.first, first == 0x02 || first == 0x03, point.count == 1 + size {
            guard let uncompressed = uncompressed(point, on: curve) else {
                throw invalid("the public key is no point of the curve")
            }
            point = uncompressed
        }
        guard point.first == 0x04, point.count == 1 + 2 * size else {
            throw invalid("expected an uncompressed or a compressed point of \(curve.rawValue)")
        }
        return ([UInt8](point[1...size]), [UInt8](point[(1 + size)...]))
    }

    private static func uncompressed(_ point: [UInt8], on curve: EllipticCurve) -> [UInt8]? {
        switch curve {
        case .p256:
            (try? P256.Signing.PublicKey(compressedRepresentation: point)).map { [UInt8]($0.x963Representation) }
        case .p384:
            (try? P384.Signing.PublicKey(compressedRepresentation: point)).map { [UInt8]($0.x963Representation) }
        case .p521:
            (try? P521.Signing.PublicKey(compressedRepresentation: point)).map { [UInt8]($0.x963Representation) }
        // Of secp256k1 only the uncompressed form is read.
        case .secp256k1, .ed25519, .ed448, .x25519, .x448: nil
        }
    }

    /// The public half as it came, or, if the structure left it out, computed.
    private static func publicHalf(
        _ publicHalf: [UInt8]?, on curve: EllipticCurve, d: SecretBytes?
    ) throws(JOSEError) -> [UInt8] {
        if let publicHalf { return publicHalf }
        guard let d else { throw invalid("expected a public or a private key") }
        do {
            switch curve {
            case .p256: return try [UInt8](P256.Signing.PrivateKey(secret: d).publicKey.x963Representation)
            case .p384: return try [UInt8](P384.Signing.PrivateKey(secret: d).publicKey.x963Representation)
            case .p521: return try [UInt8](P521.Signing.PrivateKey(secret: d).publicKey.x963Representation)
            case .ed25519: return try [UInt8](Curve25519.Signing.PrivateKey(secret: d).publicKey.rawRepresentation)
            case .x25519: return try [UInt8](Curve25519.KeyAgreement.PrivateKey(secret: d).publicKey.rawRepresentation)
            case .secp256k1: return [0x04] + (try Secp256k1PrivateKey(secret: d).publicOctets)
            case .ed448: return try Ed448PrivateKey(secret: d).publicOctets
            case .x448: return try X448PrivateKey(secret: d).publicOctets
            }
        } catch {
            throw invalid("the private key is out of range")
        }
    }
}
