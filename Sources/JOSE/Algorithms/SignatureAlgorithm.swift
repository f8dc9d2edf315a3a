/// A signature or MAC algorithm of JWS (RFC 7518 section 3, RFC 8037, RFC 8812, RFC 9864, RFC 9964).
///
/// There is no `none`: an unsecured token can't be expressed. `RefusedAlgorithm` has the others that are left out.
public enum SignatureAlgorithm: String, Sendable, CaseIterable {
    case hs256 = "HS256"
    case hs384 = "HS384"
    case hs512 = "HS512"
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    /// ECDSA on secp256k1 with SHA-256.
    case es256K = "ES256K"
    /// Written as `Ed25519` (RFC 9864); `EdDSA` is accepted when it is read.
    case ed25519 = "Ed25519"
    /// Written as `Ed448` (RFC 9864); `EdDSA` is accepted when it is read.
    case ed448 = "Ed448"
    case mlDSA65 = "ML-DSA-65"
    case mlDSA87 = "ML-DSA-87"

    /// The algorithm of that exact, case-sensitive name; nil for any other.
    ///
    /// `EdDSA` names two algorithms and leaves it to the key's curve which (RFC 8037 section 3.1).
    /// - Parameter curve: the `crv` of the key in question. Without one `EdDSA` is taken for Ed25519.
    public init?(name: String, curve: String? = nil) {
        if isSameText(name, Self.edDSA) {
            self = curve.map { isSameText($0, EllipticCurve.ed448.rawValue) } ?? false ? .ed448 : .ed25519
            return
        }
        guard let found = Self.allCases.first(where: { isSameText($0.rawValue, name) }) else { return nil }
        self = found
    }

    /// The same as `init(name:)`: names are compared as code points, which `String ==` would not do.
    public init?(rawValue: String) {
        self.init(name: rawValue)
    }

    /// Whether a header's or a key's `alg` names this algorithm: by its own name, or as `EdDSA` either of two.
    public func isNamed(_ name: String) -> Bool {
        isSameText(name, rawValue) || isSameText(name, Self.edDSA) && (self == .ed25519 || self == .ed448)
    }

    private static let edDSA = "EdDSA"

    /// Whether one secret both makes and checks the code.
    public var isSymmetric: Bool {
        switch self {
        case .hs256, .hs384, .hs512: true
        default: false
        }
    }
}
