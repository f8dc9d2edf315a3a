/// How a JWE's content key comes to its recipient (RFC 7518 section 4, RFC 8037 section 3.2).
///
/// RSA1_5, a padding oracle, is not among them; `RefusedAlgorithm` has the others that are left out. The PBES2 ones take
/// no key but a `PasswordKey`.
public enum KeyManagementAlgorithm: String, Sendable, CaseIterable {
    case dir
    case a128KW = "A128KW"
    case a192KW = "A192KW"
    case a256KW = "A256KW"
    case a128GCMKW = "A128GCMKW"
    case a192GCMKW = "A192GCMKW"
    case a256GCMKW = "A256GCMKW"
    case ecdhES = "ECDH-ES"
    case ecdhESA128KW = "ECDH-ES+A128KW"
    case ecdhESA192KW = "ECDH-ES+A192KW"
    case ecdhESA256KW = "ECDH-ES+A256KW"
    case rsaOAEP = "RSA-OAEP"
    case rsaOAEP256 = "RSA-OAEP-256"
    case rsaOAEP384 = "RSA-OAEP-384"
    case rsaOAEP512 = "RSA-OAEP-512"
    case pbes2HS256A128KW = "PBES2-HS256+A128KW"
    case pbes2HS384A192KW = "PBES2-HS384+A192KW"
    case pbes2HS512A256KW = "PBES2-HS512+A256KW"

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

    /// Whether sender and recipient share one secret.
    public var isSymmetric: Bool { wrappingKeyBytes != nil && !isKeyAgreement || self == .dir }

    /// Whether the key is derived from a password.
    public var isPasswordBased: Bool {
        switch self {
        case .pbes2HS256A128KW, .pbes2HS384A192KW, .pbes2HS512A256KW: true
        default: false
        }
    }

    /// Those that take keys: all but the ones for passwords.
    public static let forKeys = allCases.filter { !$0.isPasswordBased }

    /// Whether the key comes from an ECDH exchange.
    public var isKeyAgreement: Bool {
        switch self {
        case .ecdhES, .ecdhESA128KW, .ecdhESA192KW, .ecdhESA256KW: true
        default: false
        }
    }

    /// Whether the content key itself is what is shared or agreed, so that nothing is wrapped.
    public var isDirect: Bool { self == .dir || self == .ecdhES }

    /// Octets of the AES key that wraps the content key, or nil if none does.
    var wrappingKeyBytes: Int? {
        switch self {
        case .a128KW, .a128GCMKW, .ecdhESA128KW, .pbes2HS256A128KW: 16
        case .a192KW, .a192GCMKW, .ecdhESA192KW, .pbes2HS384A192KW: 24
        case .a256KW, .a256GCMKW, .ecdhESA256KW, .pbes2HS512A256KW: 32
        case .dir, .ecdhES, .rsaOAEP, .rsaOAEP256, .rsaOAEP384, .rsaOAEP512: nil
        }
    }

    var isGCMKeyWrap: Bool {
        switch self {
        case .a128GCMKW, .a192GCMKW, .a256GCMKW: true
        default: false
        }
    }

    var isRSA: Bool {
        switch self {
        case .rsaOAEP, .rsaOAEP256, .rsaOAEP384, .rsaOAEP512: true
        default: false
        }
    }
}
