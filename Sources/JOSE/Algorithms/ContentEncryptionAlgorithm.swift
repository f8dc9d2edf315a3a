/// How a JWE's content is encrypted and authenticated (RFC 7518 section 5).
public enum ContentEncryptionAlgorithm: String, Sendable, CaseIterable {
    case a128GCM = "A128GCM"
    case a192GCM = "A192GCM"
    case a256GCM = "A256GCM"
    case a128CBCHS256 = "A128CBC-HS256"
    case a192CBCHS384 = "A192CBC-HS384"
    case a256CBCHS512 = "A256CBC-HS512"

    /// The one whose name these octets are; nil for any other.
    init?(_ name: Span<UInt8>) {
        guard let found = Self.byName?[name] else { return nil }
        self = found
    }

    private static let byName = ByteTable(allCases.map { (key: [UInt8]($0.rawValue.utf8), value: $0) })

    /// The algorithm of that exact, case-sensitive name; nil for any other.
    public init?(rawValue: String) {
        guard let found = Self.allCases.first(where: { isSameText($0.rawValue, rawValue) }) else { return nil }
        self = found
    }

    /// All six.
    public static let all = Set(allCases)

    /// Octets of the content key; for CBC-HMAC the MAC key and the AES key together.
    public var keyBytes: Int {
        switch self {
        case .a128GCM: 16
        case .a192GCM: 24
        case .a256GCM, .a128CBCHS256: 32
        case .a192CBCHS384: 48
        case .a256CBCHS512: 64
        }
    }

    /// Octets of the initialisation vector; no other length is accepted.
    var nonceBytes: Int { isGCM ? 12 : 16 }

    /// Octets of the authentication tag; no other length is accepted.
    var tagBytes: Int { isGCM ? 16 : keyBytes / 2 }

    var isGCM: Bool {
        switch self {
        case .a128GCM, .a192GCM, .a256GCM: true
        default: false
        }
    }
}
