/// How a JWE's content key comes to its recipient (RFC 7518 section 4, RFC 8037 section 3.2).
///
/// RSA1_5, a padding oracle, is not among them; `RefusedAlgorithm` has the others that are left out. The PBES2 ones take
/// no key but a `PasswordKey`.
///
/// The HPKE ones are experimental: their specifications are still drafts (draft-ietf-jose-hpke-encrypt-20,
/// draft-ietf-jose-hpke-pq-pqt-01), and with them tokens of today may become unreadable.
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
    /// HPKE encrypts the content itself: with P-256, HKDF-SHA256 and AES-128-GCM. Experimental.
    case hpke0 = "HPKE-0"
    /// The same with P-384, HKDF-SHA384 and AES-256-GCM.
    case hpke1 = "HPKE-1"
    /// The same with P-521, HKDF-SHA512 and AES-256-GCM.
    case hpke2 = "HPKE-2"
    /// The same with X25519, HKDF-SHA256 and AES-128-GCM.
    case hpke3 = "HPKE-3"
    /// The same with X25519, HKDF-SHA256 and ChaCha20-Poly1305.
    case hpke4 = "HPKE-4"
    /// The same with P-256, HKDF-SHA256 and AES-256-GCM.
    case hpke7 = "HPKE-7"
    /// The same with X-Wing (ML-KEM-768 and X25519), SHAKE256 and AES-256-GCM.
    case hpke9 = "HPKE-9"
    /// HPKE encrypts the content key: with the suite of `hpke0`. Experimental.
    case hpke0KE = "HPKE-0-KE"
    /// The same with the suite of `hpke1`.
    case hpke1KE = "HPKE-1-KE"
    /// The same with the suite of `hpke2`.
    case hpke2KE = "HPKE-2-KE"
    /// The same with the suite of `hpke3`.
    case hpke3KE = "HPKE-3-KE"
    /// The same with the suite of `hpke4`.
    case hpke4KE = "HPKE-4-KE"
    /// The same with the suite of `hpke7`.
    case hpke7KE = "HPKE-7-KE"
    /// The same with the suite of `hpke9`.
    case hpke9KE = "HPKE-9-KE"

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

    /// Those that take keys and are standards: neither the ones for passwords nor the experimental ones.
    public static let forKeys = allCases.filter { !$0.isPasswordBased && !$0.isExperimental }

    /// Whether the specification is still a draft, which may change.
    public var isExperimental: Bool { hpkeSuite != nil }

    /// Whether the content is encrypted to the recipient's key directly: there is no content key and no `enc`, and there
    /// can be one recipient only (draft-ietf-jose-hpke-encrypt section 5).
    public var isIntegrated: Bool {
        switch self {
        case .hpke0, .hpke1, .hpke2, .hpke3, .hpke4, .hpke7, .hpke9: true
        default: false
        }
    }

    /// Whether the key comes from an ECDH exchange.
    public var isKeyAgreement: Bool {
        switch self {
        case .ecdhES, .ecdhESA128KW, .ecdhESA192KW, .ecdhESA256KW: true
        default: false
        }
    }

    /// Whether the content key itself is what is shared or agreed, so that nothing is wrapped.
    public var isDirect: Bool { self == .dir || self == .ecdhES }

    /// Whether a token can have one recipient only: there is no content key that others could have too.
    var isForOneRecipient: Bool { isDirect || isIntegrated }

    /// Whether a quantum computer would not get at the content key.
    var isQuantumResistant: Bool { isSymmetric || hpkeSuite == .xWing }

    /// Octets of the AES key that wraps the content key, or nil if none does.
    var wrappingKeyBytes: Int? {
        switch self {
        case .a128KW, .a128GCMKW, .ecdhESA128KW, .pbes2HS256A128KW: 16
        case .a192KW, .a192GCMKW, .ecdhESA192KW, .pbes2HS384A192KW: 24
        case .a256KW, .a256GCMKW, .ecdhESA256KW, .pbes2HS512A256KW: 32
        case .dir, .ecdhES, .rsaOAEP, .rsaOAEP256, .rsaOAEP384, .rsaOAEP512: nil
        case .hpke0, .hpke1, .hpke2, .hpke3, .hpke4, .hpke7, .hpke9: nil
        case .hpke0KE, .hpke1KE, .hpke2KE, .hpke3KE, .hpke4KE, .hpke7KE, .hpke9KE: nil
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
