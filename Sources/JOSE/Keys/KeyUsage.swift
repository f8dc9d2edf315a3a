/// What a typed key is about to be made for, and whether the JWK allows it.
enum KeyUsage {
    case sign, verify
    case encrypt(KeyManagementAlgorithm)
    case decrypt(KeyManagementAlgorithm)

    /// Checks `use` and `key_ops` (RFC 7517 sections 4.2 and 4.3).
    /// - Throws: `key-use-mismatch`.
    func check(_ jwk: JWK) throws(JOSEError) {
        if let use = jwk.use, use != expectedUse {
            throw JOSEError(.keyUseMismatch, "expected a key of use \(expectedUse)")
        }
        guard let operations = jwk.keyOperations else { return }
        // Browsers write an empty list for the public half of an exchange, because its holder derives nothing by it.
        if case .encrypt(let algorithm) = self, algorithm.isKeyAgreement, !jwk.isPrivate, operations.isEmpty { return }
        let allowed = allowedOperations(jwk)
        guard operations.contains(where: allowed.contains) else {
            throw JOSEError(.keyUseMismatch, "expected key_ops with \(allowed.joined(separator: " or "))")
        }
    }

    private var expectedUse: String {
        switch self {
        case .sign, .verify: "sig"
        case .encrypt, .decrypt: "enc"
        }
    }

    private func allowedOperations(_ jwk: JWK) -> [String] {
        switch self {
        case .sign: return ["sign"]
        // Whoever may sign with a key pair may check what it signed.
        case .verify: return jwk.isPrivate && jwk.keyType != "oct" ? ["verify", "sign"] : ["verify"]
        case .encrypt(let algorithm) where algorithm.isIntegrated:
            return jwk.isPrivate ? ["encrypt", "decrypt"] : ["encrypt"]
        case .decrypt(let algorithm) where algorithm.isIntegrated: return ["decrypt"]
        case .encrypt(.dir): return ["encrypt"]
        case .decrypt(.dir): return ["decrypt"]
        case .encrypt(let algorithm) where algorithm.isKeyAgreement: return ["deriveKey", "deriveBits"]
        // A password derives the key that wraps.
        case .decrypt(let algorithm) where algorithm.isPasswordBased:
            return ["deriveKey", "deriveBits", "unwrapKey", "wrapKey"]
        case .decrypt(let algorithm) where algorithm.isKeyAgreement: return ["deriveKey", "deriveBits"]
        case .encrypt:
            return jwk.isPrivate && jwk.keyType != "oct"
                ? ["wrapKey", "encrypt", "unwrapKey"] : ["wrapKey", "encrypt"]
        case .decrypt: return ["unwrapKey", "decrypt"]
        }
    }
}
