internal import SwiftASN1

extension KeyStructure {
    /// PrivateKeyInfo, or OneAsymmetricKey, which may hold the public half too (RFC 5208, RFC 5958).
    static func privateKeyInfo(_ root: ASN1Node) throws -> KeyStructure {
        try DER.sequence(root, identifier: .sequence) { fields in
            let version = try Int(derEncoded: &fields)
            guard let algorithm = fields.next() else { throw DERError.invalid("expected the key's type") }
            let identifier = try KeyIdentifier(algorithm)
            let key = try ASN1OctetString(derEncoded: &fields).bytes
            // Attributes: nothing that a key means depends on them.
            DER.optionalImplicitlyTagged(&fields, tagNumber: 0, tagClass: .contextSpecific) { _ in }
            let publicKey: ASN1BitString? = try DER.optionalImplicitlyTagged(
                &fields, tag: ASN1Identifier(tagWithNumber: 1, tagClass: .contextSpecific))
            guard version == (publicKey == nil ? 0 : 1) else {
                throw DERError.invalid("expected version 0, or 1 with the public half")
            }
            let publicHalf = try publicKey.map { Array(try wholeOctets($0)) }
            return try privateKey(key, identifier, publicHalf)
        }
    }

    private static func privateKey(
        _ key: ArraySlice<UInt8>, _ identifier: KeyIdentifier, _ publicHalf: [UInt8]?
    ) throws -> KeyStructure {
        switch identifier {
        case .rsa:
            let key = try rsaPrivateKey(try DER.parse(key))
            if let publicHalf, case .rsaPrivate(let n, let e, _, _, _, _, _, _) = key {
                guard try rsaPublicKey(try DER.parse(publicHalf)) == .rsaPublic(n: n, e: e) else { throw twoHalves }
            }
            return key
        case .elliptic(let curve):
            let key = try ecPrivateKey(try DER.parse(key), curve: curve)
            guard let publicHalf, case .elliptic(_, let point, let d) = key else { return key }
            guard point == nil || point == publicHalf else { throw twoHalves }
            return .elliptic(curve, point: publicHalf, d: d)
        case .octetPair(let curve):
            // CurvePrivateKey (RFC 8410 section 7).
            let d = try ASN1OctetString(derEncoded: try DER.parse(key)).bytes
            guard d.count == curve.coordinateBytes else { throw wrongSize }
            return .octetPair(curve, x: publicHalf, d: SecretBytes(copying: d))
        case .algorithmPair(let pair):
            return try algorithmPair(try DER.parse(key), pair, publicHalf)
        }
    }

    /// ML-DSA-PrivateKey (RFC 9881 section 6): the seed, or the seed and what is expanded from it. What is expanded
    /// alone is refused: no seed can be got from it, and a JWK holds nothing else (RFC 9964 section 3).
    private static func algorithmPair(
        _ key: ASN1Node, _ pair: KeyPairAlgorithm, _ publicHalf: [UInt8]?
    ) throws -> KeyStructure {
        let seedTag = ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific)
        switch key.identifier {
        case seedTag:
            let seed = try ASN1OctetString(derEncoded: key, withIdentifier: seedTag).bytes
            guard seed.count == KeyPairAlgorithm.seedBytes else { throw wrongSeed }
            return .algorithmPair(pair, pub: publicHalf, seed: SecretBytes(copying: seed), rho: nil)
        case .octetString:
            throw JOSEError(.keyInvalid, "expected the seed: the expanded private key alone is not supported")
        case .sequence:
            return try DER.sequence(key, identifier: .sequence) { fields in
                let seed = try ASN1OctetString(derEncoded: &fields).bytes
                let expanded = try ASN1OctetString(derEncoded: &fields).bytes
                guard seed.count == KeyPairAlgorithm.seedBytes, expanded.count == pair.expandedBytes else {
                    throw wrongSeed
                }
                return .algorithmPair(
                    pair, pub: publicHalf, seed: SecretBytes(copying: seed), rho: Array(expanded.prefix(32)))
            }
        default:
            throw DERError.invalid("expected an ML-DSA private key")
        }
    }

    /// ECPrivateKey (RFC 5915).
    /// - Parameter curve: what the structure around it says; nil if there is none, so that it has to say it itself.
    static func ecPrivateKey(_ root: ASN1Node, curve: EllipticCurve?) throws -> KeyStructure {
        try DER.sequence(root, identifier: .sequence) { fields in
            guard try Int(derEncoded: &fields) == 1 else { throw DERError.invalid("expected version 1") }
            let d = try ASN1OctetString(derEncoded: &fields).bytes
            let named = try DER.optionalExplicitlyTagged(&fields, tagNumber: 0, tagClass: .contextSpecific) {
                try KeyIdentifier.namedCurve($0)
            }
            let point = try DER.optionalExplicitlyTagged(&fields, tagNumber: 1, tagClass: .contextSpecific) {
                Array(try wholeOctets(try ASN1BitString(derEncoded: $0)))
            }
            guard let curve = curve ?? named, named == nil || named == curve else {
                throw DERError.invalid("expected the key to name its curve, and only one")
            }
            guard d.count == curve.coordinateBytes else { throw wrongSize }
            return .elliptic(curve, point: point, d: SecretBytes(copying: d))
        }
    }

    private static let wrongSize = DERError.invalid("expected a private key of the curve's own size")
    private static let wrongSeed = DERError.invalid("expected a private key of the algorithm's own size")
    private static let twoHalves = DERError.invalid("the key has two public halves that differ")
}
