import JOSE

/// Binds a JWK to the one algorithm of a job.
enum KeyBinding {
    /// For signing: with `algorithm` when it is given, else with the one that the key names, else with the only one
    /// that its curve has.
    static func signing(_ jwk: JWK, algorithm: SignatureAlgorithm?) throws -> SigningKey {
        try SigningKey(jwk, algorithm: try algorithm ?? ownAlgorithm(jwk))
    }

    /// For checking a token whose header names `algorithm`.
    ///
    /// - Parameter allowed: what the caller allows; nil: what the key itself says.
    static func verification(
        _ jwk: JWK, algorithm: SignatureAlgorithm, allowed: Set<SignatureAlgorithm>?
    ) throws -> VerificationKey {
        if let allowed {
            guard allowed.contains(algorithm) else {
                throw JOSEError(
                    .algorithmNotAllowed, "the token's alg \(algorithm.rawValue) is not among those allowed")
            }
        } else {
            guard try ownAlgorithm(jwk) == algorithm else {
                throw JOSEError(.algorithmNotAllowed, "the key is not for the token's alg \(algorithm.rawValue)")
            }
        }
        return try VerificationKey(jwk, algorithm: algorithm)
    }

    /// For decrypting a token whose header names `algorithm`.
    ///
    /// - Parameter allowed: what the caller allows; nil: what the key's `alg` or type allows. `dir` uses a key as the
    ///   content key itself: that must be said, by the key or by the caller.
    static func decryption(
        _ jwk: JWK, algorithm: KeyManagementAlgorithm, allowed: Set<KeyManagementAlgorithm>?,
        contentEncryption: Set<ContentEncryptionAlgorithm>
    ) throws -> DecryptionKey {
        if let allowed {
            guard allowed.contains(algorithm) else {
                throw JOSEError(
                    .algorithmNotAllowed, "the token's alg \(algorithm.rawValue) is not among those allowed")
            }
        } else if algorithm == .dir, jwk.algorithm == nil {
            throw JOSEError(.algorithmNotAllowed, "the key does not say that it may be used with dir")
        }
        return try DecryptionKey(jwk, algorithm: algorithm, contentEncryption: contentEncryption)
    }

    /// For encrypting.
    static func encryption(
        _ jwk: JWK, algorithm: KeyManagementAlgorithm?, contentEncryption: ContentEncryptionAlgorithm
    ) throws -> EncryptionKey {
        guard let algorithm else { return try EncryptionKey(jwk, contentEncryption: [contentEncryption]) }
        return try EncryptionKey(jwk, algorithm: algorithm, contentEncryption: [contentEncryption])
    }

    private static func ownAlgorithm(_ jwk: JWK) throws -> SignatureAlgorithm {
        if let name = jwk.algorithm {
            guard let algorithm = SignatureAlgorithm(name: name) else {
                throw JOSEError(.keyMismatch, "the key is for \(name), not for signatures")
            }
            return algorithm
        }
        switch jwk.curve {
        case "P-256": return .es256
        case "P-384": return .es384
        case "P-521": return .es512
        case "Ed25519": return .ed25519
        case nil: throw JOSEError(.algorithmNotAllowed, "the key names no alg: say which by --alg")
        default: throw JOSEError(.keyMismatch, "a key on \(jwk.curve ?? "this curve") does not sign")
        }
    }
}
