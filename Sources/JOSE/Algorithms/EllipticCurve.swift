/// A curve of a JWK's `crv` (RFC 7518 section 6.2.1.1, RFC 8037 section 2).
public enum EllipticCurve: String, Sendable, CaseIterable {
    case p256 = "P-256"
    case p384 = "P-384"
    case p521 = "P-521"
    case ed25519 = "Ed25519"
    case x25519 = "X25519"

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

    /// Octets of a coordinate, of a secret scalar and, on the 25519 curves, of the public key.
    var coordinateBytes: Int {
        switch self {
        case .p256, .ed25519, .x25519: 32
        case .p384: 48
        case .p521: 66
        }
    }

    /// Whether the key type is `OKP` rather than `EC`.
    var isOctetKeyPair: Bool { self == .ed25519 || self == .x25519 }
}
