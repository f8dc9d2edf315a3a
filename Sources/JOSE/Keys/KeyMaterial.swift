/// The numbers of a key, checked: points are on their curves, private halves belong to public halves, and no key is
/// too weak or of low order.
enum KeyMaterial: Sendable {
    case symmetric(SecretBytes)
    case elliptic(EllipticCurve, x: [UInt8], y: [UInt8], d: SecretBytes?)
    case octetPair(EllipticCurve, x: [UInt8], d: SecretBytes?)
    case rsa(RSANumbers)
    /// A key of type `AKP` (RFC 9964 section 3), whose shape its algorithm decides.
    case algorithmPair(SignatureAlgorithm, pub: [UInt8], seed: SecretBytes?)

    /// `kty`.
    var keyType: String {
        switch self {
        case .symmetric: "oct"
        case .elliptic: "EC"
        case .octetPair: "OKP"
        case .rsa: "RSA"
        case .algorithmPair: "AKP"
        }
    }

    var curve: EllipticCurve? {
        switch self {
        case .elliptic(let curve, _, _, _), .octetPair(let curve, _, _): curve
        case .symmetric, .rsa, .algorithmPair: nil
        }
    }

    /// Whether the key holds a secret: a private half, or a symmetric key.
    var isPrivate: Bool {
        switch self {
        case .symmetric: true
        case .elliptic(_, _, _, let d): d != nil
        case .octetPair(_, _, let d): d != nil
        case .rsa(let numbers): numbers.secret != nil
        case .algorithmPair(_, _, let seed): seed != nil
        }
    }

    /// The public half, or nil if there is none.
    var publicHalf: KeyMaterial? {
        switch self {
        case .symmetric: nil
        case .elliptic(let curve, let x, let y, _): .elliptic(curve, x: x, y: y, d: nil)
        case .octetPair(let curve, let x, _): .octetPair(curve, x: x, d: nil)
        case .rsa(let numbers): .rsa(RSANumbers(n: numbers.n, e: numbers.e, secret: nil))
        case .algorithmPair(let algorithm, let pub, _): .algorithmPair(algorithm, pub: pub, seed: nil)
        }
    }
}

// MARK: - Reading from a JWK's members

extension KeyMaterial {
    /// Reads and checks the members that `kty` names.
    /// - Throws: `key-invalid`.
    init(_ object: JSONObject) throws(JOSEError) {
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
}

extension KeyMaterial {
    static func invalid(_ reason: String) -> JOSEError { JOSEError(.keyInvalid, reason) }

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
    static func secret(_ name: String, of object: JSONObject, count: Int? = nil) throws(JOSEError) -> SecretBytes? {
        guard object[name] != nil else { return nil }
        return SecretBytes(try octets(name, of: object, count: count))
    }
}
