extension KeyMaterial {
    /// Reads the members that `kty` names, which have the sizes that it asks for and of which no cryptography has seen
    /// anything. It is no key before `checked()`.
    /// - Throws: `key-invalid`.
    init(unchecked object: JSONObject) throws(JOSEError) {
        guard let type = object["kty"]?.stringValue else { throw Self.invalid("expected kty, a string") }
        if isSameText(type, "oct") {
            let k = try Self.octets("k", of: object)
            guard !k.isEmpty else { throw Self.invalid("k is empty") }
            self = .symmetric(SecretBytes(k))
        } else if isSameText(type, "EC") {
            self = try Self.elliptic(object)
        } else if isSameText(type, "OKP") {
            self = try Self.octetPair(object)
        } else if isSameText(type, "RSA") {
            self = .rsa(try RSANumbers(object))
        } else if isSameText(type, "AKP") {
            self = try Self.algorithmPair(object)
        } else {
            throw Self.invalid("expected kty oct, EC, OKP, RSA or AKP")
        }
    }

    /// `kty` `EC` (RFC 7518 section 6.2).
    private static func elliptic(_ object: JSONObject) throws(JOSEError) -> KeyMaterial {
        let curve = try curve(of: object, isOctetKeyPair: false)
        let x = try octets("x", of: object, count: curve.coordinateBytes)
        let y = try octets("y", of: object, count: curve.coordinateBytes)
        return .elliptic(curve, x: x, y: y, d: try secret("d", of: object, count: curve.coordinateBytes))
    }

    /// `kty` `OKP` (RFC 8037 section 2).
    private static func octetPair(_ object: JSONObject) throws(JOSEError) -> KeyMaterial {
        let curve = try curve(of: object, isOctetKeyPair: true)
        let x = try octets("x", of: object, count: curve.coordinateBytes)
        return .octetPair(curve, x: x, d: try secret("d", of: object, count: curve.coordinateBytes))
    }

    /// `kty` `AKP` (RFC 9964 section 3): `alg`, which has to be there, `pub`, and for a private key `priv`, the seed.
    private static func algorithmPair(_ object: JSONObject) throws(JOSEError) -> KeyMaterial {
        guard let name = object["alg"]?.stringValue else { throw invalid("expected alg in a key of type AKP") }
        guard let algorithm = KeyPairAlgorithm(rawValue: name) else {
            throw invalid(RefusedAlgorithm.refusal(of: name, for: "keys of type AKP").reason)
        }
        let pub = try octets("pub", of: object, count: algorithm.publicBytes)
        let seed = try secret("priv", of: object, count: KeyPairAlgorithm.seedBytes)
        return .algorithmPair(algorithm, pub: pub, seed: seed)
    }

    private static func curve(of object: JSONObject, isOctetKeyPair: Bool) throws(JOSEError) -> EllipticCurve {
        guard let name = object["crv"]?.stringValue, let curve = EllipticCurve(rawValue: name),
            curve.isOctetKeyPair == isOctetKeyPair
        else {
            let expected = EllipticCurve.allCases.filter { $0.isOctetKeyPair == isOctetKeyPair }.map(\.rawValue)
            throw invalid("expected crv \(expected.joined(separator: ", "))")
        }
        return curve
    }

    /// The decoded octets of a required member.
    static func octets(_ name: String, of object: JSONObject, count: Int? = nil) throws(JOSEError) -> [UInt8] {
        guard let text = object[name]?.stringValue else { throw invalid("expected \(name), a base64url string") }
        let octets: [UInt8]
        do {
            octets = try Base64URL.decode(text)
        } catch {
            throw invalid("\(name) is not base64url")
        }
        guard count == nil || octets.count == count else {
            throw invalid("expected \(count ?? 0) octets in \(name), got \(octets.count)")
        }
        return octets
    }

    /// The decoded octets of a secret member, or nil if it is absent.
    private static func secret(
        _ name: String, of object: JSONObject, count: Int? = nil
    ) throws(JOSEError) -> SecretBytes? {
        guard object[name] != nil else { return nil }
        return SecretBytes(try octets(name, of: object, count: count))
    }
}
