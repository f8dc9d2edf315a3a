extension JWT {
    /// Verifies a signed token with one key, by a policy.
    /// - Throws: what `JWS.verify` throws with a policy; `type-mismatch`; what `JWTClaims` and `ClaimsPolicy.check`
    ///   throw.
    public static func verify(_ token: String, key: VerificationKey, policy: JWTPolicy) throws(JOSEError) -> VerifiedJWT
    {
        try judge(try JWS.verify(token, key: key, policy: policy.strictSignature), policy)
    }

    /// Verifies a signed token with the key that it names, by a policy.
    /// - Throws: `key-not-found`; otherwise as the form with one key.
    public static func verify(
        _ token: String, keys: KeyDirectory<VerificationKey>, policy: JWTPolicy
    ) throws(JOSEError) -> VerifiedJWT {
        try judge(try JWS.verify(token, keys: keys, policy: policy.strictSignature), policy)
    }

    /// Verifies a signed token with a key that is found by its header, by a policy.
    /// - Throws: what the finder throws; otherwise as the form with a directory.
    public static func verify(
        _ token: String, policy: JWTPolicy, findKey: JWS.KeyFinder
    ) async throws -> VerifiedJWT {
        try judge(try await JWS.verify(token, policy: policy.strictSignature, findKey: findKey), policy)
    }

    /// Decrypts a token, verifies the signed token inside and checks its claims.
    ///
    /// Any header that the policies allow is accepted, where `NestedToken.open` takes Signet's own form and no other.
    /// What is not a signed token inside is refused: encryption to a public key says nothing about who made it.
    /// - Throws: what `JWE.decrypt` throws with a policy; `type-mismatch` if the outer `cty` is no JWT;
    ///   `unsecured-inner`; what `verify` throws.
    public static func open(
        _ token: String, decryptionKeys: KeyDirectory<DecryptionKey>, verificationKeys: KeyDirectory<VerificationKey>,
        decryption: DecryptionPolicy, policy: JWTPolicy
    ) throws(JOSEError) -> VerifiedJWT {
        let outer = try JWE.decrypt(token, keys: decryptionKeys, policy: decryption)
        let inner = try signedToken(in: outer)
        return try judge(
            try JWS.verify(inner, keys: verificationKeys, policy: policy.strictSignature), policy, within: outer
        )
    }

    /// Decrypts a token, verifies the signed token inside and checks its claims, with one key for each.
    /// - Throws: as the form with directories.
    public static func open(
        _ token: String, decryptionKey: DecryptionKey, verificationKey: VerificationKey, decryption: DecryptionPolicy,
        policy: JWTPolicy
    ) throws(JOSEError) -> VerifiedJWT {
        let outer = try JWE.decrypt(token, key: decryptionKey, policy: decryption)
        let inner = try signedToken(in: outer)
        return try judge(
            try JWS.verify(inner, key: verificationKey, policy: policy.strictSignature), policy, within: outer
        )
    }

    /// Decrypts a token, verifies the signed token inside and checks its claims, with keys that are found by the
    /// headers.
    /// - Throws: what the finders throw; otherwise as the form with directories.
    public static func open(
        _ token: String, decryption: DecryptionPolicy, policy: JWTPolicy, findDecryptionKey: JWE.KeyFinder,
        findVerificationKey: JWS.KeyFinder
    ) async throws -> VerifiedJWT {
        let outer = try await JWE.decrypt(token, policy: decryption, findKey: findDecryptionKey)
        let inner = try signedToken(in: outer)
        return try judge(
            try await JWS.verify(inner, policy: policy.strictSignature, findKey: findVerificationKey), policy,
            within: outer
        )
    }

    /// The signed token that a decrypted one holds, which has still to be verified.
    /// - Throws: `type-mismatch` unless the protected `cty` says that there is a JWT; `unsecured-inner` for anything
    ///   but a compact JWS with a signature (CVE-2026-29000).
    public static func signedToken(in decrypted: DecryptedJWE) throws(JOSEError) -> String {
        guard let type = decrypted.header["cty"]?.stringValue,
            ["JWT", "jwt", "at+jwt"].contains(where: { MediaType.matches(type, $0) })
        else { throw JOSEError(.typeMismatch, "expected cty JWT or at+jwt in the header") }
        let text = decrypted.plaintext.span
        let unsecured = JOSEError(.unsecuredInner, "there is no signed token inside")
        guard let parts = try? CompactJWSParts(text), !parts.signature.isEmpty else { throw unsecured }
        // A header that names no signature algorithm is refused by its name; only "none" is called what it is.
        let header = try? JSONObject(parsing: try Base64URL.decode(text.extracting(parts.header)))
        guard let algorithm = header?["alg"]?.stringValue, algorithm.lowercased() != "none" else { throw unsecured }
        guard let token = String(validating: decrypted.plaintext, as: UTF8.self) else { throw unsecured }
        return token
    }

    private static func judge(
        _ verified: VerifiedJWS, _ policy: JWTPolicy, within outer: DecryptedJWE? = nil
    ) throws(JOSEError) -> VerifiedJWT {
        try judge(
            verified, policy.claims, now: policy.clock.now(), limits: policy.signature.limits, within: outer)
    }
}
