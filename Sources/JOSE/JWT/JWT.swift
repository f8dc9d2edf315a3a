/// JSON Web Tokens (RFC 7519): signed claims in the compact form, and no other.
public enum JWT {
    /// Signs claims.
    /// - Parameters:
    ///   - claims: the text of a JSON object; it is signed as it is.
    ///   - type: `typ`; nil leaves it out.
    ///   - header: further members of the header.
    /// - Throws: `json-invalid`, `json-duplicate-member`, `claim-invalid`, `header-invalid`, `operation-failed`.
    public static func sign(
        claims: [UInt8], type: String? = "JWT", header: JSONObject = JSONObject(), key: SigningKey
    ) throws(JOSEError) -> String {
        _ = try JWTClaims(parsing: claims)
        var header = header
        if let type { header["typ"] = .string(type) }
        return try JWS.sign(payload: claims, header: header, key: key)
    }

    /// Signs claims.
    /// - Throws: `claim-invalid`, `header-invalid`, `operation-failed`.
    public static func sign(
        claims: JSONObject, type: String? = "JWT", header: JSONObject = JSONObject(), key: SigningKey
    ) throws(JOSEError) -> String {
        try sign(claims: claims.serialized(), type: type, header: header, key: key)
    }

    /// Verifies a token with one key and checks its claims.
    /// - Parameter now: seconds since 1970.
    /// - Throws: what `JWS.verify` throws; `type-mismatch`; what `JWTClaims` and `ClaimsPolicy.check` throw.
    public static func verify(
        _ token: String, key: VerificationKey, policy: ClaimsPolicy, now: Int64, limits: TokenLimits = .default
    ) throws(JOSEError) -> VerifiedJWT {
        try judge(try JWS.verify(token, key: key, limits: limits), policy, now: now, limits: limits)
    }

    /// Verifies a token with the key that it names and checks its claims.
    /// - Parameter now: seconds since 1970.
    /// - Throws: `key-not-found`; what `JWS.verify` throws; `type-mismatch`; what `JWTClaims` and
    ///   `ClaimsPolicy.check` throw.
    public static func verify(
        _ token: String, keys: KeyDirectory<VerificationKey>, policy: ClaimsPolicy, now: Int64,
        limits: TokenLimits = .default
    ) throws(JOSEError) -> VerifiedJWT {
        try judge(try JWS.verify(token, keys: keys, limits: limits), policy, now: now, limits: limits)
    }

    /// Reads a signed token without checking anything of it but its form.
    ///
    /// For showing a token to a person, and for finding out whose key to check it with.
    /// - Throws: `token-too-large`, `token-malformed`, `base64url-invalid`, `json-invalid`, `json-duplicate-member`,
    ///   `header-invalid`, `claim-invalid`.
    public static func decodeUnverified(
        _ token: String, limits: TokenLimits = .default
    ) throws(JOSEError) -> Unverified<DecodedJWT> {
        let octets = [UInt8](token.utf8)
        try limits.check(octets.span)
        let parts = try CompactJWSParts(octets.span)
        let header = try ProtectedHeader(encoded: octets.span.extracting(parts.header), limits: limits)
        let payload = try Base64URL.decode(octets.span.extracting(parts.payload))
        return Unverified(
            DecodedJWT(header: header.object, claims: try JWTClaims(parsing: payload, limits: limits.json))
        )
    }

    /// Reads the header of a compact JWS or JWE, which anybody can have written.
    /// - Throws: `token-too-large`, `token-malformed`, `base64url-invalid`, `json-invalid`, `json-duplicate-member`,
    ///   `header-invalid`.
    public static func decodeUnverifiedHeader(
        _ token: String, limits: TokenLimits = .default
    ) throws(JOSEError) -> Unverified<JSONObject> {
        let octets = [UInt8](token.utf8)
        try limits.check(octets.span)
        let header: Range<Int>
        if octets.count(where: { $0 == UInt8(ascii: ".") }) == 4 {
            header = try CompactJWEParts(octets.span).header
        } else {
            header = try CompactJWSParts(octets.span).header
        }
        return Unverified(try ProtectedHeader(encoded: octets.span.extracting(header), limits: limits).object)
    }

    /// Judges the header and the claims of a token whose signature holds.
    package static func judge(
        _ verified: VerifiedJWS, _ policy: ClaimsPolicy, now: Int64, limits: TokenLimits,
        within outer: DecryptedJWE? = nil
    ) throws(JOSEError) -> VerifiedJWT {
        if let expected = policy.type {
            guard let type = verified.header["typ"]?.stringValue, MediaType.matches(type, expected) else {
                throw JOSEError(.typeMismatch, "expected typ \(expected)")
            }
        }
        let claims = try JWTClaims(parsing: verified.payload, limits: limits.json)
        try policy.check(claims, now: now)
        return VerifiedJWT(claims, verified, within: outer)
    }
}
