internal import Crypto
internal import CryptoExtras

/// The numbers of a key, checked: points are on their curves, private halves belong to public halves, and no key is
/// too weak or of low order.
enum KeyMaterial: Sendable {
    case symmetric(SecretBytes)
    case elliptic(EllipticCurve, x: [UInt8], y: [UInt8], d: SecretBytes?)
    case octetPair(EllipticCurve, x: [UInt8], d: SecretBytes?)
    case rsa(RSANumbers)

    /// `kty`.
    var keyType: String {
        switch self {
        case .symmetric: "oct"
        case .elliptic: "EC"
        case .octetPair: "OKP"
        case .rsa: "RSA"
        }
    }

    var curve: EllipticCurve? {
        switch self {
        case .elliptic(let curve, _, _, _), .octetPair(let curve, _, _): curve
        case .symmetric, .rsa: nil
        }
    }

    /// Whether the key holds a secret: a private half, or a symmetric key.
    var isPrivate: Bool {
        switch self {
        case .symmetric: true
        case .elliptic(_, _, _, let d): d != nil
        case .octetPair(_, _, let d): d != nil
        case .rsa(let numbers): numbers.secret != nil
        }
    }

    /// The public half, or nil if there is none.
    var publicHalf: KeyMaterial? {
        switch self {
        case .symmetric: nil
        case .elliptic(let curve, let x, let y, _): .elliptic(curve, x: x, y: y, d: nil)
        case .octetPair(let curve, let x, _): .octetPair(curve, x: x, d: nil)
        case .rsa(let numbers): .rsa(RSANumbers(n: numbers.n, e: numbers.e, secret: nil))
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
        } else {
            throw Self.invalid("expected kty oct, EC, OKP or RSA")
        }
    }

    private static func elliptic(_ object: JSONObject) throws(JOSEError) -> KeyMaterial {
        let curve = try curve(of: object, isOctetKeyPair: false)
        let x = try octets("x", of: object, count: curve.coordinateBytes)
        let y = try octets("y", of: object, count: curve.coordinateBytes)
        let d = try secret("d", of: object, count: curve.coordinateBytes)
        let point = [0x04] + x + y
        // The initialisers refuse points off the curve and scalars out of range.
        do {
            let derived: [UInt8]?
            switch curve {
            case .p256:
                _ = try P256.Signing.PublicKey(x963Representation: point)
                derived = try d.map { try [UInt8](P256.Signing.PrivateKey(secret: $0).publicKey.x963Representation) }
            case .p384:
                _ = try P384.Signing.PublicKey(x963Representation: point)
                derived = try d.map { try [UInt8](P384.Signing.PrivateKey(secret: $0).publicKey.x963Representation) }
            default:
                _ = try P521.Signing.PublicKey(x963Representation: point)
                derived = try d.map { try [UInt8](P521.Signing.PrivateKey(secret: $0).publicKey.x963Representation) }
            }
            guard derived == nil || derived == point else { throw invalid("d does not belong to x and y") }
        } catch let error as JOSEError {
            throw error
        } catch {
            throw invalid("x and y are no point of the curve, or d is out of range")
        }
        return .elliptic(curve, x: x, y: y, d: d)
    }

    private static func octetPair(_ object: JSONObject) throws(JOSEError) -> KeyMaterial {
        let curve = try curve(of: object, isOctetKeyPair: true)
        let x = try octets("x", of: object, count: curve.coordinateBytes)
        let d = try secret("d", of: object, count: curve.coordinateBytes)
        do {
            var derived: [UInt8]?
            if curve == .ed25519 {
                guard !Curve25519Points.isWeakEdwards(x) else { throw invalid("x is of low order or not canonical") }
                _ = try Curve25519.Signing.PublicKey(rawRepresentation: x)
                derived = try d.map {
                    try [UInt8](Curve25519.Signing.PrivateKey(secret: $0).publicKey.rawRepresentation)
                }
            } else {
                guard try !Curve25519Points.isWeakMontgomery(x) else { throw invalid("x is of low order") }
                derived = try d.map {
                    try [UInt8](Curve25519.KeyAgreement.PrivateKey(secret: $0).publicKey.rawRepresentation)
                }
            }
            guard derived == nil || derived == x else { throw invalid("d does not belong to x") }
        } catch let error as JOSEError {
            throw error
        } catch {
            throw invalid("x is no key of the curve")
        }
        return .octetPair(curve, x: x, d: d)
    }

    private static func curve(of object: JSONObject, isOctetKeyPair: Bool) throws(JOSEError) -> EllipticCurve {
        guard let name = object["crv"]?.stringValue, let curve = EllipticCurve(rawValue: name),
            curve.isOctetKeyPair == isOctetKeyPair
        else {
            throw invalid(isOctetKeyPair ? "expected crv Ed25519 or X25519" : "expected crv P-256, P-384 or P-521")
        }
        return curve
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
