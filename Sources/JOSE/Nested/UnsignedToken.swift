/// Claims that are ready to be signed by a key that is held elsewhere, and then to be encrypted.
///
/// Whoever holds the key signs ``signingInput``; ``sealed(signature:encryptionKey:contentEncryption:)`` goes on from there.
public struct UnsignedToken: Sendable {
    /// The octets to be signed: the header and the claims, each in base64url, with a dot between them (RFC 7515 section 5.1).
    public let signingInput: [UInt8]

    private let key: VerificationKey

    init(claims: [UInt8], type: String, key: VerificationKey) throws(JOSEError) {
        guard let kid = key.kid else { throw KeyMaterial.invalid("the keys of a nested token need a kid") }
        _ = try JWTClaims(parsing: claims)
        signingInput = JWS.signingInput(
            claims.span, NestedHeaders.inner(kid: kid, type: type), algorithm: key.algorithm.rawValue)
        self.key = key
    }

    /// Encrypts the signed token.
    /// - Parameter signature: over ``signingInput``, in the form of JWS: R and S of ECDSA, each of full length.
    /// - Returns: a compact JWE.
    /// - Throws: `signature-invalid` if the signature is not the key's over these octets: what can't be verified must
    ///   not go out; `key-invalid` if a key has no `kid`, `enc-not-allowed`, `operation-failed`.
    public func sealed(
        signature: [UInt8], encryptionKey: EncryptionKey, contentEncryption: ContentEncryptionAlgorithm = .a256GCM
    ) throws(JOSEError) -> String {
        guard key.isValid(signature, for: signingInput.span) else { throw JOSEError.signatureInvalid }
        return try NestedToken.seal(
            JWS.joined(signingInput, signature), to: encryptionKey, contentEncryption: contentEncryption)
    }
}

extension NestedToken {
    /// Prepares claims for a signature that is made elsewhere, by an HSM or a KMS.
    /// - Parameters:
    ///   - claims: the text of a JSON object; it is signed as it is.
    ///   - key: the public half of the key that will sign; its name and algorithm become `kid` and `alg`.
    ///   - type: the inner `typ`.
    /// - Throws: `key-invalid` if the key has no `kid`; `json-invalid`, `json-duplicate-member`, `claim-invalid`.
    public static func unsigned(
        claims: [UInt8], type: String = "at+jwt", key: VerificationKey
    ) throws(JOSEError) -> UnsignedToken {
        try UnsignedToken(claims: claims, type: type, key: key)
    }
}
