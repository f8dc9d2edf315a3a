import JOSE

/// Checks and opens tokens with keys from files.
enum Verification {
    /// Checks a compact JWS.
    ///
    /// - Parameters:
    ///   - kid: the key to use; nil: the one that the token names.
    ///   - allowed: the algorithms that are accepted; nil: the key's own.
    /// - Throws: ``CommandFailure`` or `JOSEError`, both refusals.
    static func verify(
        _ token: String, keys: [JWK], kid: String?, allowed: Set<SignatureAlgorithm>?
    ) throws -> VerifiedJWS {
        let peek = try refusing { try TokenPeek(token) }
        guard peek.form == .jws else {
            throw CommandFailure.refused("token-malformed", "expected a signed token (JWS), got an encrypted one (JWE)")
        }
        let algorithm = try peek.signatureAlgorithm()
        if let allowed, allowed.isDisjoint(with: SignatureAlgorithm.named(peek.algorithmName ?? "")) {
            throw CommandFailure.refused("alg-not-allowed", "the token's alg is \(algorithm.rawValue)")
        }
        let key = try KeyChoice.choose(from: keys, kid: kid ?? peek.kid, job: "checking the signature") { jwk in
            try KeyBinding.verification(jwk, algorithm: algorithm, allowed: allowed)
        }
        return try JWS.verify(token, key: key, limits: TokenPeek.limits)
    }

    /// Opens a compact JWE.
    static func decrypt(
        _ token: String, keys: [JWK], kid: String?, allowed: Set<KeyManagementAlgorithm>?,
        contentEncryption: Set<ContentEncryptionAlgorithm>?
    ) throws -> DecryptedJWE {
        let peek = try refusing { try TokenPeek(token) }
        guard peek.form == .jwe else {
            throw CommandFailure.refused("token-malformed", "expected an encrypted token (JWE), got a signed one (JWS)")
        }
        let algorithm = try peek.keyManagementAlgorithm()
        if let allowed, !allowed.contains(algorithm) {
            throw CommandFailure.refused("alg-not-allowed", "the token's alg is \(algorithm.rawValue)")
        }
        let content = contentEncryption ?? ContentEncryptionAlgorithm.all
        let key = try KeyChoice.choose(from: keys, kid: kid ?? peek.kid, job: "decrypting") { jwk in
            try KeyBinding.decryption(jwk, algorithm: algorithm, allowed: allowed, contentEncryption: content)
        }
        return try JWE.decrypt(token, key: key, limits: TokenPeek.limits)
    }

    /// Checks a signed token and its claims.
    static func verifyClaims(
        _ token: String, keys: [JWK], kid: String?, allowed: Set<SignatureAlgorithm>?, policy: ClaimsPolicy, now: Int64
    ) throws -> VerifiedJWT {
        let peek = try refusing { try TokenPeek(token) }
        guard peek.form == .jws else {
            throw CommandFailure.refused(
                "token-malformed", "expected a signed token (JWS), got an encrypted one (JWE): open it")
        }
        let algorithm = try peek.signatureAlgorithm()
        let key = try KeyChoice.choose(from: keys, kid: kid ?? peek.kid, job: "checking the signature") { jwk in
            try KeyBinding.verification(jwk, algorithm: algorithm, allowed: allowed)
        }
        return try JWT.verify(token, key: key, policy: policy, now: now, limits: TokenPeek.limits)
    }

    /// The signed token within a sealed one.
    ///
    /// - Throws: ``CommandFailure`` `type-mismatch` or `unsecured-inner`.
    static func innerToken(_ opened: DecryptedJWE) throws -> String {
        guard let type = opened.header["cty"]?.stringValue, ["jwt", "at+jwt"].contains(type.lowercased()) else {
            throw CommandFailure.refused("type-mismatch", "expected cty JWT or at+jwt in the header")
        }
        guard opened.plaintext.allSatisfy({ (0x21...0x7e).contains($0) }),
            opened.plaintext.count(where: { $0 == UInt8(ascii: ".") }) == 2,
            opened.plaintext.last != UInt8(ascii: ".")
        else {
            throw CommandFailure.refused("unsecured-inner", "there is no signed token inside")
        }
        return String(decoding: opened.plaintext, as: UTF8.self)
    }

    /// A token that can't even be read is refused by whoever was asked to check it.
    static func refusing<T>(_ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let failure as CommandFailure where failure.status == .malformedInput {
            throw CommandFailure.refused(failure.code, failure.reason)
        }
    }
}
