/// A signature or MAC algorithm of JWS (RFC 7518 section 3, RFC 8037, RFC 9864).
///
/// There is no `none`: an unsecured token can't be expressed.
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
    /// Written as `Ed25519` (RFC 9864); `EdDSA` is accepted when it is read.
    case ed25519 = "Ed25519"

    /// The algorithm of that exact, case-sensitive name, `EdDSA` included; nil for any other.
    public init?(name: String) {
        if isSameText(name, "EdDSA") {
            self = .ed25519
            return
        }
        guard let found = Self.allCases.first(where: { isSameText($0.rawValue, name) }) else { return nil }
        self = found
    }

    /// The same as `init(name:)`: names are compared as code points, which `String ==` would not do.
    public init?(rawValue: String) {
        self.init(name: rawValue)
    }

    /// Whether one secret both makes and checks the code.
    public var isSymmetric: Bool {
        switch self {
        case .hs256, .hs384, .hs512: true
        default: false
        }
    }
}
