import JOSE

/// Binds a JWK to the one algorithm of a job.
enum KeyBinding {
    /// For signing: with the algorithm of that name when it is given, else with the one that the key names, else with the
    /// only one that its curve has. The header then has the name that was given, or that of the key: `EdDSA` stays `EdDSA`.
    static func signing(_ jwk: JWK, named name: String?) throws -> SigningKey {
        guard let name else { return try SigningKey(jwk, algorithm: try ownAlgorithm(jwk)) }
        guard let algorithm = SignatureAlgorithm(name: name, curve: jwk.curve) else {
            throw JOSEError(.algorithmNotAllowed, "\(name) is no algorithm for signatures")
        }
        // Checks that the key's own alg, if it has one, means the same.
        _ = try SigningKey(jwk, algorithm: algorithm)
        var members = jwk.object(includingPrivate: true)
        members["alg"] = .string(name)
        return try SigningKey(try JWK(members), algorithm: algorithm)
    }

    /// For checking a token whose header names `algorithm`.
    ///
    /// - Parameter allowed: what the caller allows; nil: what the key itself says.
    static func verification(
        _ jwk: JWK, algorithm: SignatureAlgorithm, allowed: Set<SignatureAlgorithm>?
    ) throws -> VerificationKey {
        // EdDSA, read as Ed25519, may mean Ed448: the key's curve says so. Which name the token has is checked with
        // the signature.
        let algorithm = algorithm == .ed25519 && jwk.curve == "Ed448" ? .ed448 : algorithm
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
    ///   content key itself, and HPKE is experimental: both must be said, by the key or by the caller.
    static func decryption(
        _ jwk: JWK, algorithm: KeyManagementAlgorithm, allowed: Set<KeyManagementAlgorithm>?,
        contentEncryption: Set<ContentEncryptionAlgorithm>
    ) throws -> DecryptionKey {
        if let allowed {
            guard allowed.contains(algorithm) else {
                throw JOSEError(
                    .algorithmNotAllowed, "the token's alg \(algorithm.rawValue) is not among those allowed")
            }
        } else if algorithm.isPasswordBased, jwk.algorithm != algorithm.rawValue {
            throw JOSEError(
                .algorithmNotAllowed, "the key does not say that it is a password for \(algorithm.rawValue)")
        } else if algorithm == .dir, jwk.algorithm == nil {
            throw JOSEError(.algorithmNotAllowed, "the key does not say that it may be used with dir")
        } else if algorithm.isExperimental, jwk.algorithm == nil {
            throw JOSEError(.algorithmNotAllowed, "the key does not say that it is for \(algorithm.rawValue)")
        }
        guard !algorithm.isPasswordBased else {
            return DecryptionKey(try password(jwk, algorithm), contentEncryption: contentEncryption)
        }
        return try DecryptionKey(jwk, algorithm: algorithm, contentEncryption: contentEncryption)
    }

    /// For encrypting.
    ///
    /// - Parameter contentEncryption: nil for an algorithm that encrypts the content itself.
    static func encryption(
        _ jwk: JWK, algorithm: KeyManagementAlgorithm?, contentEncryption: ContentEncryptionAlgorithm?
    ) throws -> EncryptionKey {
        let content = contentEncryption.map { Set([$0]) } ?? ContentEncryptionAlgorithm.all
        let named = jwk.algorithm.flatMap(KeyManagementAlgorithm.init(rawValue:))
        if let password = algorithm ?? named, password.isPasswordBased {
            return EncryptionKey(try Self.password(jwk, password), contentEncryption: content)
        }
        guard let algorithm else { return try EncryptionKey(jwk, contentEncryption: content) }
        return try EncryptionKey(jwk, algorithm: algorithm, contentEncryption: content)
    }

    /// A key as a password: the one whose `alg` says so, or one without `alg` where the caller says so.
    private static func password(_ jwk: JWK, _ algorithm: KeyManagementAlgorithm) throws -> PasswordKey {
        if let name = jwk.algorithm, name != algorithm.rawValue {
            throw JOSEError(.keyMismatch, "the key's alg is not \(algorithm.rawValue)")
        }
        var members = jwk.object(includingPrivate: true)
        members["alg"] = .string(algorithm.rawValue)
        return try PasswordKey(try JWK(members))
    }

    private static func ownAlgorithm(_ jwk: JWK) throws -> SignatureAlgorithm {
        if let name = jwk.algorithm {
            guard let algorithm = SignatureAlgorithm(name: name, curve: jwk.curve) else {
                throw JOSEError(.keyMismatch, "the key is for \(name), not for signatures")
            }
            return algorithm
        }
        switch jwk.curve {
        case "P-256": return .es256
        case "P-384": return .es384
        case "P-521": return .es512
        case "secp256k1": return .es256K
        case "Ed25519": return .ed25519
        case "Ed448": return .ed448
        case nil: throw JOSEError(.algorithmNotAllowed, "the key names no alg: say which by --alg")
        default: throw JOSEError(.keyMismatch, "a key on \(jwk.curve ?? "this curve") does not sign")
        }
    }
}
