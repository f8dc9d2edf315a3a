extension JWS {
    /// Finds the key of a signature by its header, which nothing is verified of; nil if there is none.
    ///
    /// It sees the header and nothing else: not the payload, which could make it believe something.
    public typealias KeyFinder = @Sendable (Unverified<JOSEHeader>) async throws -> VerificationKey?

    /// Verifies a token in any serialization with one key, by a policy.
    ///
    /// A `kid` in the token that is not the key's is refused; a token without one is not.
    /// - Parameters:
    ///   - detachedPayload: the payload, if the token does not carry it (RFC 7515 appendix F).
    ///   - requirement: which of several signatures have to hold.
    /// - Throws: `token-too-large`, `token-malformed`, `base64url-invalid`, `json-invalid`, `json-duplicate-member`,
    ///   `header-invalid`, `header-unprotected`, `crit-unknown`, `alg-not-allowed`, `key-mismatch`,
    ///   `signature-invalid`.
    public static func verify(
        _ token: String, as serialization: TokenSerialization = .compact, detachedPayload: [UInt8]? = nil,
        key: VerificationKey, policy: SignaturePolicy, requiring requirement: SignatureRequirement = .anyOne
    ) throws(JOSEError) -> VerifiedJWS {
        var trial = try trial([UInt8](token.utf8), serialization, detachedPayload, policy)
        while trial.nextHeader() != nil { trial.note(key) }
        return try trial.judge(requirement)
    }

    /// Verifies a token in any serialization with the keys that its signatures name, by a policy.
    /// - Throws: `key-not-found` if it names none of these; otherwise as the form with one key.
    public static func verify(
        _ token: String, as serialization: TokenSerialization = .compact, detachedPayload: [UInt8]? = nil,
        keys: KeyDirectory<VerificationKey>, policy: SignaturePolicy,
        requiring requirement: SignatureRequirement = .anyOne
    ) throws(JOSEError) -> VerifiedJWS {
        var trial = try trial([UInt8](token.utf8), serialization, detachedPayload, policy)
        while let header = trial.nextHeader() { trial.note(header.keyID.flatMap { keys[$0] }) }
        return try trial.judge(requirement)
    }

    /// Verifies a token in any serialization with keys that are found by its headers, by a policy.
    ///
    /// The finder is asked only about signatures whose algorithm and extensions policy allows.
    /// - Throws: what the finder throws; otherwise as the form with a directory.
    public static func verify(
        _ token: String, as serialization: TokenSerialization = .compact, detachedPayload: [UInt8]? = nil,
        policy: SignaturePolicy, requiring requirement: SignatureRequirement = .anyOne, findKey: KeyFinder
    ) async throws -> VerifiedJWS {
        var trial = try trial([UInt8](token.utf8), serialization, detachedPayload, policy)
        while let header = trial.nextHeader() { trial.note(try await findKey(Unverified(header))) }
        return try trial.judge(requirement)
    }

    /// Verifies a token in any serialization with keys that are chosen by its headers, by a policy.
    package static func verify(
        _ token: String, as serialization: TokenSerialization, detachedPayload: [UInt8]? = nil,
        policy: SignaturePolicy, requiring requirement: SignatureRequirement = .anyOne,
        choosing key: (JOSEHeader) -> VerificationKey?
    ) throws(JOSEError) -> VerifiedJWS {
        var trial = try trial([UInt8](token.utf8), serialization, detachedPayload, policy)
        while let header = trial.nextHeader() { trial.note(key(header)) }
        return try trial.judge(requirement)
    }

    /// Reads a token without verifying it: headers and payload, which anybody can have written.
    /// - Parameter detachedPayload: the payload, if the token does not carry it.
    /// - Throws: what a verification throws before a key is asked for.
    public static func decodeUnverified(
        _ token: String, as serialization: TokenSerialization = .compact, detachedPayload: [UInt8]? = nil,
        limits: TokenLimits = .default
    ) throws(JOSEError) -> Unverified<DecodedJWS> {
        let message = try message([UInt8](token.utf8), serialization, detachedPayload, limits)
        return Unverified(
            DecodedJWS(
                payload: try message.payload(), headers: message.signatures.map(\.header),
                signatureBytes: message.signatures.map(\.octets.count)
            )
        )
    }

    private static func message(
        _ token: [UInt8], _ serialization: TokenSerialization, _ detached: [UInt8]?, _ limits: TokenLimits
    ) throws(JOSEError) -> JWSMessage {
        try JWSMessage(token.span, serialization, detached: detached, limits: limits)
    }

    private static func trial(
        _ token: [UInt8], _ serialization: TokenSerialization, _ detached: [UInt8]?, _ policy: SignaturePolicy
    ) throws(JOSEError) -> SignatureTrial {
        try SignatureTrial(try message(token, serialization, detached, policy.limits), policy)
    }
}

/// A JWS of which nothing was verified.
public struct DecodedJWS: Sendable {
    /// The payload.
    public let payload: [UInt8]

    /// The headers of its signatures.
    public let headers: [JOSEHeader]

    /// Octets of the signatures.
    public let signatureBytes: [Int]
}
