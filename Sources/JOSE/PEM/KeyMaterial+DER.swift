internal import SwiftASN1

extension KeyMaterial {
    /// The key in a form, in the octets that OpenSSL writes too.
    /// - Throws: `key-mismatch` if a key of this type or without a private half does not come in that form.
    func der(_ form: KeyForm) throws(JOSEError) -> [UInt8] {
        var writer = DERWriter()
        switch (form, self) {
        case (.subjectPublicKeyInfo, _):
            guard let identifier else { throw mismatch(form) }
            writer.append(DERWriter.Tag.sequence) { writer in
                writer.append(identifier)
                writer.append(bitString: publicOctets)
            }
        case (.privateKeyInfo, _):
            guard let identifier, isPrivate else { throw mismatch(form) }
            writer.append(DERWriter.Tag.sequence) { writer in
                writer.append(integer: [0])
                writer.append(identifier)
                writer.append(DERWriter.Tag.octetString) { writer in writer.appendPrivate(self, namesCurve: false) }
            }
        case (.rsaPublicKey, .rsa(let numbers)):
            writer.appendPublic(numbers)
        case (.rsaPrivateKey, .rsa(let numbers)) where numbers.secret != nil:
            writer.appendPrivate(self, namesCurve: false)
        case (.ecPrivateKey, .elliptic(_, _, _, .some)):
            writer.appendPrivate(self, namesCurve: true)
        default:
            throw mismatch(form)
        }
        return writer.octets
    }

    private func mismatch(_ form: KeyForm) -> JOSEError {
        let kind = isPrivate ? "a private \(keyType) key" : "a public \(keyType) key"
        return JOSEError(.keyMismatch, "\(kind) can't be written as \(form.rawValue)")
    }

    /// The key's type; nil for keys that have none: symmetric ones, and those of HPKE of type AKP.
    private var identifier: KeyIdentifier? {
        switch self {
        case .symmetric: nil
        case .algorithmPair(let pair, _, _): pair.objectIdentifier == nil ? nil : .algorithmPair(pair)
        case .elliptic(let curve, _, _, _): .elliptic(curve)
        case .octetPair(let curve, _, _): .octetPair(curve)
        case .rsa: .rsa
        }
    }

    /// What the BIT STRING of a public key holds.
    fileprivate var publicOctets: [UInt8] {
        switch self {
        case .symmetric: return []
        case .algorithmPair(_, let pub, _): return pub
        case .elliptic(_, let x, let y, _): return [0x04] + x + y
        case .octetPair(_, let x, _): return x
        case .rsa(let numbers):
            var writer = DERWriter()
            writer.appendPublic(numbers)
            return writer.octets
        }
    }
}

extension DERWriter {
    /// AlgorithmIdentifier.
    fileprivate mutating func append(_ identifier: KeyIdentifier) {
        append(Tag.sequence) { writer in
            if let algorithm = identifier.algorithm { writer.append(algorithm) }
            switch identifier {
            case .rsa: writer.append(Tag.null, [])
            case .elliptic(let curve): writer.append(curve.objectIdentifier)
            case .octetPair, .algorithmPair: break
            }
        }
    }

    private mutating func append(_ identifier: ASN1ObjectIdentifier) {
        var serializer = DER.Serializer()
        // An identifier of ours always has an encoding.
        try? serializer.serialize(identifier)
        append(encoded: serializer.serializedBytes)
    }

    /// RSAPublicKey.
    fileprivate mutating func appendPublic(_ numbers: RSANumbers) {
        append(Tag.sequence) { writer in
            writer.append(integer: numbers.n)
            writer.append(integer: numbers.e)
        }
    }

    /// What PKCS#8 wraps: RSAPrivateKey, ECPrivateKey, CurvePrivateKey or the seed of ML-DSA-PrivateKey. Nothing of a key without a private half.
    fileprivate mutating func appendPrivate(_ material: KeyMaterial, namesCurve: Bool) {
        switch material {
        case .rsa(let numbers):
            guard let secret = numbers.secret else { return }
            append(numbers, secret)
        case .elliptic(let curve, _, _, .some(let d)):
            append(Tag.sequence) { writer in
                writer.append(integer: [1])
                writer.append(octetString: d)
                if namesCurve { writer.append(Tag.explicit(0)) { $0.append(curve.objectIdentifier) } }
                writer.append(Tag.explicit(1)) { $0.append(bitString: material.publicOctets) }
            }
        case .octetPair(_, _, .some(let d)):
            append(octetString: d)
        case .algorithmPair(_, _, .some(let seed)):
            append(Tag.implicit(0)) { writer in writer.append(raw: seed) }
        case .symmetric, .elliptic, .octetPair, .algorithmPair:
            return
        }
    }

    /// RSAPrivateKey.
    mutating func append(_ numbers: RSANumbers, _ secret: RSANumbers.Secret) {
        append(Tag.sequence) { writer in
            writer.append(integer: [0])
            writer.append(integer: numbers.n)
            writer.append(integer: numbers.e)
            for number in [secret.d, secret.p, secret.q, secret.dp, secret.dq, secret.qi] {
                writer.append(integer: number)
            }
        }
    }
}
