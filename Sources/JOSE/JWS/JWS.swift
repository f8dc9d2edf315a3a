/// JSON Web Signature (RFC 7515).
///
/// The calls without a policy take the compact form and nothing that needs to be understood: no `crit`, no `b64`. They
/// are what tokens in header fields are checked with. Those with a `SignaturePolicy` take every serialization.
public enum JWS {
    /// Signs.
    /// - Parameter header: further members of the protected header. `alg` (the key decides), `crit` and `b64` (not
    ///   supported) are refused. `kid` is the key's, unless it is given here.
    /// - Throws: `header-invalid`, `operation-failed`.
    public static func sign(
        payload: [UInt8], header: JSONObject = JSONObject(), key: SigningKey
    ) throws(JOSEError) -> String {
        for name in ["alg", "crit", "b64", "zip"] where header[name] != nil {
            throw JOSEError(.headerInvalid, "\(name) can't be given")
        }
        var members = header
        if members["kid"] == nil, let kid = key.kid { members["kid"] = .string(kid) }
        return String(decoding: try seal(payload.span, members, key), as: UTF8.self)
    }

    /// Verifies with one key.
    ///
    /// A `kid` in the token that is not the key's is refused; a token without one is not.
    /// - Throws: `token-too-large`, `token-malformed`, `base64url-invalid`, `json-invalid`, `json-duplicate-member`,
    ///   `header-invalid`, `alg-not-allowed`, `key-mismatch`, `signature-invalid`.
    public static func verify(
        _ token: Span<UInt8>, key: VerificationKey, limits: TokenLimits = .default
    ) throws(JOSEError) -> VerifiedJWS {
        try limits.check(token)
        let parts = try CompactJWSParts(token)
        let protected = try ProtectedHeader(encoded: token.extracting(parts.header), limits: limits)
        let header = try JWSHeader(protected)
        if let expected = key.kid, let kid = header.kid, !isSameText(expected, kid) {
            throw JOSEError(.keyMismatch, "the token names another key")
        }
        return try verify(token, parts, protected, header, key)
    }

    /// Verifies with the key that the token names.
    /// - Throws: `key-not-found` if it names none or none of these; otherwise as `verify(_:key:limits:)`.
    public static func verify(
        _ token: Span<UInt8>, keys: KeyDirectory<VerificationKey>, limits: TokenLimits = .default
    ) throws(JOSEError) -> VerifiedJWS {
        try limits.check(token)
        let parts = try CompactJWSParts(token)
        let protected = try ProtectedHeader(encoded: token.extracting(parts.header), limits: limits)
        let header = try JWSHeader(protected)
        guard let kid = header.kid, let key = keys[kid] else { throw JOSEError.keyNotFound }
        return try verify(token, parts, protected, header, key)
    }

    /// Verifies with one key; see the form that takes a span.
    public static func verify(
        _ token: String, key: VerificationKey, limits: TokenLimits = .default
    ) throws(JOSEError) -> VerifiedJWS {
        try verify([UInt8](token.utf8).span, key: key, limits: limits)
    }

    /// Verifies with the key that the token names; see the form that takes a span.
    public static func verify(
        _ token: String, keys: KeyDirectory<VerificationKey>, limits: TokenLimits = .default
    ) throws(JOSEError) -> VerifiedJWS {
        try verify([UInt8](token.utf8).span, keys: keys, limits: limits)
    }
}

extension JWS {
    private static func verify(
        _ token: Span<UInt8>, _ parts: CompactJWSParts, _ protected: ProtectedHeader, _ header: JWSHeader,
        _ key: VerificationKey
    ) throws(JOSEError) -> VerifiedJWS {
        guard key.algorithm.isNamed(header.algorithmName) else {
            throw JOSEError(.algorithmNotAllowed, "expected alg \(key.algorithm.rawValue)")
        }
        return VerifiedJWS(
            payload: try open(token, parts, key),
            header: protected.object,
            keyID: key.kid,
            algorithm: key.algorithm
        )
    }

    /// Checks the signature with a key that policy has already allowed for this header, and decodes the payload.
    /// - Throws: `base64url-invalid`, `signature-invalid`.
    static func open(
        _ token: Span<UInt8>, _ parts: CompactJWSParts, _ key: VerificationKey
    ) throws(JOSEError) -> [UInt8] {
        let signature = try Base64URL.decode(token.extracting(parts.signature))
        guard key.isValid(signature, for: token.extracting(parts.signingInput)) else {
            throw JOSEError.signatureInvalid
        }
        return try Base64URL.decode(token.extracting(parts.payload))
    }

    /// Signs under a header of `alg` and the given members, in this order.
    static func seal(_ payload: Span<UInt8>, _ members: JSONObject, _ key: SigningKey) throws(JOSEError) -> [UInt8] {
        let input = signingInput(payload, members, algorithm: key.algorithmName)
        return joined(input, try key.sign(input.span))
    }

    /// What is signed: a header of `alg` and the given members, in this order, and the payload. There is room for a signature.
    static func signingInput(_ payload: Span<UInt8>, _ members: JSONObject, algorithm: String) -> [UInt8] {
        var header: JSONObject = ["alg": .string(algorithm)]
        for member in members { header[member.name] = member.value }
        var input: [UInt8] = []
        input.reserveCapacity(512 + payload.count * 3 / 2)
        Base64URL.append(header.serialized().span, to: &input)
        input.append(UInt8(ascii: "."))
        Base64URL.append(payload, to: &input)
        return input
    }

    /// The compact form of what was signed and its signature.
    static func joined(_ signingInput: consuming [UInt8], _ signature: [UInt8]) -> [UInt8] {
        var token = signingInput
        token.append(UInt8(ascii: "."))
        Base64URL.append(signature.span, to: &token)
        return token
    }
}
