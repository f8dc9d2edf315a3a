/// The algorithms whose keys are of type `AKP` (RFC 9964 section 3): the algorithm alone decides their shape.
enum KeyPairAlgorithm: String, Sendable, CaseIterable {
    case mlDSA65 = "ML-DSA-65"
    case mlDSA87 = "ML-DSA-87"
    /// X-Wing for HPKE-9 and HPKE-9-KE (draft-ietf-jose-hpke-pq-pqt section 4).
    case hpke9 = "HPKE-9"
    case hpke9KE = "HPKE-9-KE"

    /// The algorithm of that exact, case-sensitive name; nil for any other.
    init?(rawValue: String) {
        guard let found = Self.allCases.first(where: { isSameText($0.rawValue, rawValue) }) else { return nil }
        self = found
    }

    /// Octets of the public key.
    var publicBytes: Int {
        switch self {
        case .mlDSA65: 1952
        case .mlDSA87: 2592
        case .hpke9, .hpke9KE: 1216
        }
    }

    /// Octets of the seed that a private key is kept as: of ML-DSA (FIPS 204 section 3.6.3) and of X-Wing alike.
    static let seedBytes = 32
}
