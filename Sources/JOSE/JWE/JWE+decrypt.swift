extension JWE {
    /// Finds the key of a recipient by its header, which nothing is verified of; nil if there is none.
    public typealias KeyFinder = @Sendable (Unverified<JOSEHeader>) async throws -> DecryptionKey?

    /// Decrypts a token in any serialization with one key, by a policy.
    ///
    /// A recipient whose `kid` is not the key's is passed over; one without a `kid` is not.
    /// - Throws: `token-too-large`, `token-malformed`, `base64url-invalid`, `json-invalid`, `json-duplicate-member`,
    ///   `header-invalid`, `header-unprotected`, `crit-unknown`, `zip-not-allowed`, `alg-not-allowed`,
    ///   `enc-not-allowed`, `key-mismatch`; `decryption-failed` for everything that can go wrong after that;
    ///   `plaintext-too-large`.
    public static func decrypt(
        _ token: String, as serialization: TokenSerialization = .compact, key: DecryptionKey, policy: DecryptionPolicy
    ) throws(JOSEError) -> DecryptedJWE {
        var trial = try trial([UInt8](token.utf8), serialization, policy)
        while trial.nextHeader() != nil { trial.note(key) }
        return try trial.open()
    }

    /// Decrypts a token in any serialization with the key that one of its recipients names, by a policy.
    /// - Throws: `key-not-found` if none names one of these; otherwise as the form with one key.
    public static func decrypt(
        _ token: String, as serialization: TokenSerialization = .compact, keys: KeyDirectory<DecryptionKey>,
        policy: DecryptionPolicy
    ) throws(JOSEError) -> DecryptedJWE {
        var trial = try trial([UInt8](token.utf8), serialization, policy)
        while let header = trial.nextHeader() { trial.note(header.keyID.flatMap { keys[$0] }) }
        return try trial.open()
    }

    /// Decrypts a token in any serialization with a key that is found by the headers of its recipients, by a policy.
    ///
    /// The finder is asked only about recipients whose algorithms and extensions policy allows.
    /// - Throws: what the finder throws; otherwise as the form with a directory.
    public static func decrypt(
        _ token: String, as serialization: TokenSerialization = .compact, policy: DecryptionPolicy, findKey: KeyFinder
    ) async throws -> DecryptedJWE {
        var trial = try trial([UInt8](token.utf8), serialization, policy)
        while let header = trial.nextHeader() { trial.note(try await findKey(Unverified(header))) }
        return try trial.open()
    }

    /// Decrypts a token in any serialization with a key that is chosen by the headers of its recipients, by a policy.
    package static func decrypt(
        _ token: String, as serialization: TokenSerialization, policy: DecryptionPolicy,
        choosing key: (JOSEHeader) -> DecryptionKey?
    ) throws(JOSEError) -> DecryptedJWE {
        var trial = try trial([UInt8](token.utf8), serialization, policy)
        while let header = trial.nextHeader() { trial.note(key(header)) }
        return try trial.open()
    }

    /// Reads what can be seen of a token without a key, which anybody can have written.
    /// - Throws: what a decryption throws before a key is asked for.
    public static func decodeUnverified(
        _ token: String, as serialization: TokenSerialization = .compact, limits: TokenLimits = .default
    ) throws(JOSEError) -> Unverified<DecodedJWE> {
        Unverified(DecodedJWE(try JWEMessage([UInt8](token.utf8).span, serialization, limits: limits)))
    }

    private static func trial(
        _ token: [UInt8], _ serialization: TokenSerialization, _ policy: DecryptionPolicy
    ) throws(JOSEError) -> DecryptionTrial {
        DecryptionTrial(try JWEMessage(token.span, serialization, limits: policy.limits), policy)
    }
}

/// What can be seen of a JWE without a key.
public struct DecodedJWE: Sendable {
    /// The headers of its recipients.
    public let headers: [JOSEHeader]

    /// Octets of the recipients' encrypted keys.
    public let encryptedKeyBytes: [Int]

    /// Octets of the initialisation vector, the ciphertext and the tag; nil for what is not base64url.
    public let nonceBytes, ciphertextBytes, tagBytes: Int?

    /// The further data that is authenticated and not encrypted, or nil if there is none.
    public let additionalData: [UInt8]?

    init(_ message: JWEMessage) {
        headers = message.recipients.map(\.header)
        encryptedKeyBytes = message.recipients.map(\.encryptedKey.count)
        (nonceBytes, ciphertextBytes, tagBytes) = message.sizes
        additionalData = message.additionalData
    }
}
