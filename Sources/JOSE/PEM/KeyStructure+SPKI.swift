internal import SwiftASN1

extension KeyStructure {
    /// SubjectPublicKeyInfo (RFC 5280 section 4.1).
    static func subjectPublicKeyInfo(_ root: ASN1Node) throws -> KeyStructure {
        try DER.sequence(root, identifier: .sequence) { fields in
            guard let algorithm = fields.next() else { throw DERError.invalid("expected the key's type") }
            let identifier = try KeyIdentifier(algorithm)
            let key = try wholeOctets(try ASN1BitString(derEncoded: &fields))
            switch identifier {
            case .rsa: return try rsaPublicKey(try DER.parse(key))
            case .elliptic(let curve): return .elliptic(curve, point: Array(key), d: nil)
            case .octetPair(let curve): return .octetPair(curve, x: Array(key), d: nil)
            case .algorithmPair(let pair): return .algorithmPair(pair, pub: Array(key), seed: nil, rho: nil)
            }
        }
    }

    /// The public key of an X.509 certificate (RFC 5280 section 4.1).
    ///
    /// What surrounds the key is read as far as it takes to know that this is where the key stands. Whether anybody
    /// should believe the certificate is `CertificateTrust`'s to say.
    static func certificate(_ root: ASN1Node) throws -> KeyStructure {
        try DER.sequence(root, identifier: .sequence) { fields in
            guard let signed = fields.next(), let algorithm = fields.next(), algorithm.identifier == .sequence else {
                throw DERError.invalid("expected a certificate")
            }
            _ = try ASN1BitString(derEncoded: &fields)
            guard signed.identifier == .sequence, case .constructed(let nodes) = signed.content else {
                throw DERError.invalid("expected a certificate")
            }
            var parts = nodes.makeIterator()
            _ = try DER.optionalExplicitlyTagged(&parts, tagNumber: 0, tagClass: .contextSpecific) { version in
                guard try 1...2 ~= Int(derEncoded: version) else { throw DERError.invalid("expected a certificate") }
            }
            _ = try ArraySlice<UInt8>(derEncoded: &parts)
            // RFC 5280 section 4.1.1.2: the algorithm is the same inside the signature and outside.
            guard parts.next()?.encodedBytes == algorithm.encodedBytes else {
                throw DERError.invalid("two signature algorithms in a certificate")
            }
            // Issuer, validity, subject.
            for _ in 0..<3 {
                guard parts.next()?.identifier == .sequence else { throw DERError.invalid("expected a certificate") }
            }
            guard let key = parts.next() else { throw DERError.invalid("expected a certificate") }
            return try subjectPublicKeyInfo(key)
        }
    }

    /// The octets of a BIT STRING that has no unused bits.
    static func wholeOctets(_ bits: ASN1BitString) throws -> ArraySlice<UInt8> {
        guard bits.paddingBits == 0 else { throw DERError.invalid("expected a key of whole octets") }
        return bits.bytes
    }
}
