internal import Crypto

extension HPKESuite {
    /// What swift-crypto calls it; nil for X-Wing with SHAKE256, a key schedule that it lacks.
    var ciphersuite: HPKE.Ciphersuite? {
        switch self {
        case .p256AES128: HPKE.Ciphersuite(kem: .P256_HKDF_SHA256, kdf: .HKDF_SHA256, aead: .AES_GCM_128)
        case .p256AES256: .P256_SHA256_AES_GCM_256
        case .p384: .P384_SHA384_AES_GCM_256
        case .p521: .P521_SHA512_AES_GCM_256
        case .x25519AES128: HPKE.Ciphersuite(kem: .Curve25519_HKDF_SHA256, kdf: .HKDF_SHA256, aead: .AES_GCM_128)
        case .x25519ChaCha: .Curve25519_SHA256_ChachaPoly
        case .xWing: nil
        }
    }
}
