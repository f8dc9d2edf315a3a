internal import SwiftASN1

/// The type of a key by its AlgorithmIdentifier: the one place where object identifiers and types of key meet.
enum KeyIdentifier: Equatable {
    /// rsaEncryption, with NULL for parameters (RFC 3279 section 2.3.1).
    case rsa
    /// id-ecPublicKey with a named curve (RFC 5480 section 2.1.1).
    case elliptic(EllipticCurve)
    /// id-Ed25519, id-Ed448, id-X25519 or id-X448, without parameters (RFC 8410 section 3).
    case octetPair(EllipticCurve)
    /// id-ml-dsa-65 or id-ml-dsa-87, without parameters (RFC 9881 section 2).
    case algorithmPair(KeyPairAlgorithm)

    /// Reads an AlgorithmIdentifier.
    /// - Throws: `key-invalid` for a type or curve that is not supported, `der-invalid` for wrong parameters.
    init(_ node: ASN1Node) throws {
        self = try DER.sequence(node, identifier: .sequence) { fields in
            let algorithm = try ASN1ObjectIdentifier(derEncoded: &fields)
            let parameters = fields.next()
            switch algorithm {
            case ASN1ObjectIdentifier.AlgorithmIdentifier.rsaEncryption:
                guard let parameters else { throw DERError.invalid("expected NULL as the parameters of an RSA key") }
                _ = try ASN1Null(derEncoded: parameters)
                return .rsa
            case ASN1ObjectIdentifier.AlgorithmIdentifier.idEcPublicKey:
                return .elliptic(try Self.namedCurve(parameters))
            case ASN1ObjectIdentifier.AlgorithmIdentifier.rsaPSS:
                throw Self.unsupported("RSA keys bound to PSS parameters, which a JWK can't hold,")
            default:
                if let curve = EllipticCurve.allCases.first(where: {
                    $0.isOctetKeyPair && $0.objectIdentifier == algorithm
                }) {
                    guard parameters == nil else { throw DERError.invalid("expected a key without parameters") }
                    return .octetPair(curve)
                }
                if let pair = KeyPairAlgorithm.allCases.first(where: { $0.objectIdentifier == algorithm }) {
                    guard parameters == nil else { throw DERError.invalid("expected a key without parameters") }
                    return .algorithmPair(pair)
                }
                throw Self.unsupported("keys of the type \(Self.text(algorithm))")
            }
        }
    }

    /// Explicit curve parameters are refused: they would let whoever wrote the key choose the curve (CVE-2020-0601).
    static func namedCurve(_ parameters: ASN1Node?) throws -> EllipticCurve {
        guard let parameters, parameters.identifier == .objectIdentifier else {
            throw DERError.invalid("expected a named curve as the parameters of an EC key")
        }
        let name = try ASN1ObjectIdentifier(derEncoded: parameters)
        guard let curve = EllipticCurve.allCases.first(where: { !$0.isOctetKeyPair && $0.objectIdentifier == name })
        else {
            throw Self.unsupported("keys on the curve \(Self.text(name))")
        }
        return curve
    }

    /// The object identifier of the key's type; nil for keys that have none.
    var algorithm: ASN1ObjectIdentifier? {
        switch self {
        case .rsa: ASN1ObjectIdentifier.AlgorithmIdentifier.rsaEncryption
        case .elliptic: ASN1ObjectIdentifier.AlgorithmIdentifier.idEcPublicKey
        case .octetPair(let curve): curve.objectIdentifier
        case .algorithmPair(let pair): pair.objectIdentifier
        }
    }

    /// Keys that are well-formed, yet of a kind that this library does not know.
    private static func unsupported(_ what: String) -> JOSEError {
        JOSEError(.keyInvalid, "\(what) are not supported")
    }

    /// An identifier in dotted form, as far as a message has room for it.
    private static func text(_ identifier: ASN1ObjectIdentifier) -> String { String(identifier.description.prefix(64)) }
}

extension KeyPairAlgorithm {
    /// The object identifier of the key's type (RFC 9881 section 2); nil for the keys of HPKE, whose is not settled.
    var objectIdentifier: ASN1ObjectIdentifier? {
        switch self {
        case .mlDSA65: [2, 16, 840, 1, 101, 3, 4, 3, 18]
        case .mlDSA87: [2, 16, 840, 1, 101, 3, 4, 3, 19]
        case .hpke9, .hpke9KE: nil
        }
    }

    /// Octets of the expanded private key of FIPS 204.
    var expandedBytes: Int {
        switch self {
        case .mlDSA65: 4032
        case .mlDSA87: 4896
        case .hpke9, .hpke9KE: 0
        }
    }
}

extension EllipticCurve {
    /// The object identifier of the curve; on the curves of octet key pairs, that of the key's type.
    var objectIdentifier: ASN1ObjectIdentifier {
        switch self {
        case .p256: ASN1ObjectIdentifier.NamedCurves.secp256r1
        case .p384: ASN1ObjectIdentifier.NamedCurves.secp384r1
        case .p521: ASN1ObjectIdentifier.NamedCurves.secp521r1
        case .secp256k1: [1, 3, 132, 0, 10]
        case .x25519: [1, 3, 101, 110]
        case .x448: [1, 3, 101, 111]
        case .ed25519: [1, 3, 101, 112]
        case .ed448: [1, 3, 101, 113]
        }
    }
}
