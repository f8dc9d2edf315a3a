/// A curve of a JWK's `crv` (RFC 7518 section 6.2.1.1, RFC 8037 section 2, RFC 8812 section 3.1).
public enum EllipticCurve: String, Sendable, CaseIterable {
    case p256 = "P-256"
    case p384 = "P-384"
    case p521 = "P-521"
    case secp256k1
    case ed25519 = "Ed25519"
    case ed448 = "Ed448"
    case x25519 = "X25519"
    case x448 = "X448"

    /// The one whose name these octets are; nil for any other.
    init?(_ name: Span<UInt8>) {
        guard let found = Self.byName?[name] else { return nil }
        self = found
    }

    private static let byName = ByteTable(allCases.map { (key: [UInt8]($0.rawValue.utf8), value: $0) })

    /// The curve of that exact, case-sensitive name; nil for any other.
    public init?(rawValue: String) {
        guard let found = Self.allCases.first(where: { isSameText($0.rawValue, rawValue) }) else { return nil }
        self = found
    }

    /// Octets of a coordinate, of a secret scalar and, on the curves of OKP keys, of the public key.
    var coordinateBytes: Int {
        switch self {
        case .p256, .secp256k1, .ed25519, .x25519: 32
        case .p384: 48
        case .x448: 56
        case .ed448: 57
        case .p521: 66
        }
    }

    /// Whether the key type is `OKP` rather than `EC`.
    var isOctetKeyPair: Bool {
        switch self {
        case .ed25519, .ed448, .x25519, .x448: true
        case .p256, .p384, .p521, .secp256k1: false
        }
    }

    /// Whether keys of the curve take part in ECDH-ES. secp256k1 is for signatures only (RFC 8812 section 3.1).
    var isForAgreement: Bool {
        switch self {
        case .p256, .p384, .p521, .x25519, .x448: true
        case .secp256k1, .ed25519, .ed448: false
        }
    }
}
