/// The suite that an HPKE algorithm stands for (draft-ietf-jose-hpke-encrypt-20 tables 1 and 2,
/// draft-ietf-jose-hpke-pq-pqt-01 section 3).
enum HPKESuite: Sendable {
    case p256AES128
    case p256AES256
    case p384
    case p521
    case x25519AES128
    case x25519ChaCha
    case xWing

    /// The curve of the recipient's key; nil for X-Wing, whose keys are of type AKP.
    var curve: EllipticCurve? {
        switch self {
        case .p256AES128, .p256AES256: .p256
        case .p384: .p384
        case .p521: .p521
        case .x25519AES128, .x25519ChaCha: .x25519
        case .xWing: nil
        }
    }

    /// Octets of the encapsulated secret; no other length is accepted. Points are uncompressed.
    var encapsulatedBytes: Int {
        switch self {
        case .p256AES128, .p256AES256: 65
        case .p384: 97
        case .p521: 133
        case .x25519AES128, .x25519ChaCha: 32
        case .xWing: 1120
        }
    }
}

extension KeyManagementAlgorithm {
    /// The suite of an HPKE algorithm; nil for all others.
    var hpkeSuite: HPKESuite? {
        switch self {
        case .hpke0, .hpke0KE: .p256AES128
        case .hpke1, .hpke1KE: .p384
        case .hpke2, .hpke2KE: .p521
        case .hpke3, .hpke3KE: .x25519AES128
        case .hpke4, .hpke4KE: .x25519ChaCha
        case .hpke7, .hpke7KE: .p256AES256
        case .hpke9, .hpke9KE: .xWing
        default: nil
        }
    }
}

extension ContentEncryptionAlgorithm {
    /// `Recipient_structure`, the `info` of key encryption: it ties the encrypted content key to the `enc` that it is for
    /// (draft-ietf-jose-hpke-encrypt section 6.1). There is no recipient_extra_info.
    var recipientStructure: [UInt8] {
        [UInt8]("JOSE-HPKE rcpt".utf8) + [0xFF] + [UInt8](rawValue.utf8) + [0xFF]
    }
}
