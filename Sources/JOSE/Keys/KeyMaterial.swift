/// The numbers of a key, checked: points are on their curves, private halves belong to public halves, and no key is
/// too weak or of low order. Only what `init(unchecked:)` reads has yet to be `checked()`.
enum KeyMaterial: Sendable {
    case symmetric(SecretBytes)
    case elliptic(EllipticCurve, x: [UInt8], y: [UInt8], d: SecretBytes?)
    case octetPair(EllipticCurve, x: [UInt8], d: SecretBytes?)
    case rsa(RSANumbers)
    /// A key of type `AKP` (RFC 9964 section 3), whose shape its algorithm decides.
    case algorithmPair(KeyPairAlgorithm, pub: [UInt8], seed: SecretBytes?)

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

extension KeyMaterial {
    static func invalid(_ reason: String) -> JOSEError { JOSEError(.keyInvalid, reason) }
}
