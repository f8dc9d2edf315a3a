extension SignatureAlgorithm {
    /// Octets of the hash that the algorithm signs; of those that hash for themselves, the strength to match.
    var digestBytes: Int {
        switch self {
        case .hs256, .rs256, .ps256, .es256, .es256K: 32
        case .hs384, .rs384, .ps384, .es384: 48
        case .hs512, .rs512, .ps512, .es512, .ed25519, .ed448, .mlDSA65, .mlDSA87: 64
        }
    }

    /// Octets of every signature, or nil if the key decides.
    var signatureBytes: Int? {
        switch self {
        case .hs256: 32
        case .hs384: 48
        case .hs512, .es256, .es256K, .ed25519: 64
        case .es384: 96
        case .ed448: 114
        case .es512: 132
        case .mlDSA65: 3309
        case .mlDSA87: 4627
        case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512: nil
        }
    }

    /// The curve that the algorithm goes with, if it goes with one.
    var curve: EllipticCurve? {
        switch self {
        case .es256: .p256
        case .es384: .p384
        case .es512: .p521
        case .es256K: .secp256k1
        case .ed25519: .ed25519
        case .ed448: .ed448
        default: nil
        }
    }

    var isRSA: Bool {
        switch self {
        case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512: true
        default: false
        }
    }

    var isPSS: Bool {
        switch self {
        case .ps256, .ps384, .ps512: true
        default: false
        }
    }
}
