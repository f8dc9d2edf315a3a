internal import FoundationEssentials

/// The nested token: claims that are signed, then encrypted to the one who may read them (RFC 7519 section 11.2).
///
/// The form is exact. The outer header has `alg`, `enc`, `kid`, `cty` and the algorithm's own members; the inner one
/// `alg`, `kid` and `typ`. Both keys are named and found in a directory, nothing is tried. A JWE around anything but
/// a valid signed token is refused: whoever knows a public key can encrypt to it.
///
/// For measuring: `open(_:decryptionKeys:verificationKeys:contentEncryption:type:limits:)` over a span of the token's
/// octets is what the gateway calls for each token; `seal` is what the authorization server calls. Make the keys and
/// directories outside the timed loop. The bare primitives to set beside them are, for A256KW + A256GCM around HS256:
/// one key unwrap, one GCM open over the inner token, one HMAC over its signing input; for ECDH-ES + ES256: one
/// exchange with the import of the ephemeral key, one SHA-256, one GCM open, one signature check.
public enum NestedToken {
    /// Signs claims and encrypts the signed token.
    /// - Parameters:
    ///   - claims: the text of a JSON object; it is signed as it is.
    ///   - type: the inner `typ`.
    ///   - contentEncryption: one that the encryption key may be used with.
    /// - Returns: a compact JWE.
    /// - Throws: `key-invalid` if a key has no `kid`; `json-invalid`, `json-duplicate-member`, `claim-invalid`,
    ///   `enc-not-allowed`, `operation-failed`.
    public static func seal(
        claims: [UInt8], type: String = "at+jwt", signingKey: SigningKey, encryptionKey: EncryptionKey,
        contentEncryption: ContentEncryptionAlgorithm = .a256GCM
    ) throws(JOSEError) -> String {
        guard let signingKeyID = signingKey.kid else {
            throw KeyMaterial.invalid("the keys of a nested token need a kid")
        }
        _ = try JWTClaims(parsing: claims)
        let inner = try JWS.seal(claims.span, NestedHeaders.inner(kid: signingKeyID, type: type), signingKey)
        return try seal(inner, to: encryptionKey, contentEncryption: contentEncryption)
    }

    /// Encrypts a token that is signed.
    static func seal(
        _ signed: [UInt8], to key: EncryptionKey, contentEncryption: ContentEncryptionAlgorithm
    ) throws(JOSEError) -> String {
        guard let kid = key.kid else { throw KeyMaterial.invalid("the keys of a nested token need a kid") }
        let outer = try JWE.seal(signed.span, NestedHeaders.outer(kid: kid), key, contentEncryption)
        return String(decoding: outer, as: UTF8.self)
    }

    /// Decrypts a nested token, verifies what is inside and reads its claims. The claims are not yet checked against
    /// any policy: `ClaimsPolicy.check` does that.
    /// - Parameters:
    ///   - decryptionKeys: the recipient's keys.
    ///   - verificationKeys: the issuer's keys.
    ///   - contentEncryption: the content encryptions that policy allows.
    ///   - type: what the inner `typ` must be.
    /// - Throws: before decryption `token-too-large`, `token-malformed`, `base64url-invalid`, `json-invalid`,
    ///   `json-duplicate-member`, `header-invalid`, `header-member-unknown`, `alg-not-allowed`, `enc-not-allowed`,
    ///   `key-not-found`; `decryption-failed`; inside `unsecured-inner` if there is no signed token, the same codes for
    ///   its header, `type-mismatch`, `signature-invalid`; then `claim-invalid`.
    public static func open(
        _ token: Span<UInt8>, decryptionKeys: KeyDirectory<DecryptionKey>,
        verificationKeys: KeyDirectory<VerificationKey>, contentEncryption: Set<ContentEncryptionAlgorithm>,
        type: String = "at+jwt", limits: TokenLimits = .accessToken
    ) throws(JOSEError) -> OpenedToken {
        try limits.check(token)
        let parts = try CompactJWEParts(token)
        let outer = try OuterHeader.read(token.extracting(parts.header), decryptionKeys, limits)
        guard contentEncryption.contains(outer.contentEncryption) else {
            throw JOSEError(.contentEncryptionNotAllowed, "the header's enc is not allowed here")
        }
        let plaintext = try JWE.open(token, parts, outer.parameters, outer.key, outer.contentEncryption)
        return try openInner(plaintext.span, outer, verificationKeys, type, limits)
    }

    /// Opens a nested token; see the form that takes a span.
    public static func open(
        _ token: [UInt8], decryptionKeys: KeyDirectory<DecryptionKey>,
        verificationKeys: KeyDirectory<VerificationKey>, contentEncryption: Set<ContentEncryptionAlgorithm>,
        type: String = "at+jwt", limits: TokenLimits = .accessToken
    ) throws(JOSEError) -> OpenedToken {
        try open(
            token.span,
            decryptionKeys: decryptionKeys,
            verificationKeys: verificationKeys,
            contentEncryption: contentEncryption,
            type: type,
            limits: limits
        )
    }

    /// Opens a nested token; see the form that takes a span.
    public static func open(
        _ token: String, decryptionKeys: KeyDirectory<DecryptionKey>,
        verificationKeys: KeyDirectory<VerificationKey>, contentEncryption: Set<ContentEncryptionAlgorithm>,
        type: String = "at+jwt", limits: TokenLimits = .accessToken
    ) throws(JOSEError) -> OpenedToken {
        try open(
            [UInt8](token.utf8),
            decryptionKeys: decryptionKeys,
            verificationKeys: verificationKeys,
            contentEncryption: contentEncryption,
            type: type,
            limits: limits
        )
    }

    static func openInner(
        _ token: Span<UInt8>, _ outer: OuterHeader, _ verificationKeys: KeyDirectory<VerificationKey>, _ type: String,
        _ limits: TokenLimits
    ) throws(JOSEError) -> OpenedToken {
        let parts: CompactJWSParts
        do {
            parts = try CompactJWSParts(token)
        } catch {
            throw JOSEError(.unsecuredInner, "expected a signed token inside")
        }
        guard !parts.signature.isEmpty else { throw JOSEError(.unsecuredInner, "the token inside is not signed") }
        let inner = try InnerHeader.read(token.extracting(parts.header), verificationKeys, limits)
        guard MediaType.matches(inner.type, type) else {
            throw JOSEError(.typeMismatch, "expected typ \(type) inside")
        }
        let payload = try JWS.open(token, parts, inner.key)
        return OpenedToken(
            claims: try JWTClaims(parsing: payload, limits: limits.json),
            encryptionKey: outer.key,
            signingKey: inner.key,
            contentEncryption: outer.contentEncryption
        )
    }
}

/// A nested token that was made for one of our keys and signed by one of the issuer's. Only `NestedToken.open` makes
/// one. Its claims have still to be checked against a policy.
public struct OpenedToken: Sendable {
    /// The claims.
    public let claims: JWTClaims

    /// The content encryption.
    public let contentEncryption: ContentEncryptionAlgorithm

    private let encryptionKey: DecryptionKey
    private let signingKey: VerificationKey

    init(
        claims: JWTClaims, encryptionKey: DecryptionKey, signingKey: VerificationKey,
        contentEncryption: ContentEncryptionAlgorithm
    ) {
        self.claims = claims
        self.encryptionKey = encryptionKey
        self.signingKey = signingKey
        self.contentEncryption = contentEncryption
    }

    /// The name of the key that decrypted it.
    public var encryptionKeyID: String { encryptionKey.kid ?? "" }

    /// The name of the key that verified it.
    public var signingKeyID: String { signingKey.kid ?? "" }

    /// The way of key management.
    public var encryptionAlgorithm: KeyManagementAlgorithm { encryptionKey.algorithm }

    /// The signature algorithm.
    public var signatureAlgorithm: SignatureAlgorithm { signingKey.algorithm }
}
