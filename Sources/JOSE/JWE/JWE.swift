internal import Crypto
internal import FoundationEssentials

/// JSON Web Encryption (RFC 7516).
///
/// The calls without a policy take the compact form and nothing that needs to be understood: no `crit`, no `zip`. They
/// are what tokens in header fields are opened with. Those with a `DecryptionPolicy` take every serialization.
public enum JWE {
    /// Encrypts.
    /// - Parameters:
    ///   - header: further members of the protected header. `apu` and `apv` (base64url) take part in key agreement.
    ///     What this call decides (`alg`, `enc`, `epk`, `iv`, `tag`) and what it does not support (`zip`, `crit`) is
    ///     refused. `kid` is the key's, unless it is given here.
    ///   - contentEncryption: one that the key may be used with; nil for a key that encrypts the content itself.
    /// - Throws: `header-invalid`, `enc-not-allowed`, `key-invalid`, `operation-failed`.
    public static func encrypt(
        _ plaintext: [UInt8], header: JSONObject = JSONObject(), key: EncryptionKey,
        contentEncryption: ContentEncryptionAlgorithm?
    ) throws(JOSEError) -> String {
        try refuseDecided(header)
        if let name = ["zip", "crit", "b64"].first(where: { header[$0] != nil }) {
            throw JOSEError(.headerInvalid, "\(name) can't be given")
        }
        var members = header
        if members["kid"] == nil, let kid = key.kid { members["kid"] = .string(kid) }
        let token = try seal(plaintext.span, members, key, contentEncryption)
        return String(decoding: token, as: UTF8.self)
    }

    /// Decrypts with one key.
    ///
    /// A `kid` in the token that is not the key's is refused; a token without one is not.
    /// - Throws: `token-too-large`, `token-malformed`, `base64url-invalid`, `json-invalid`, `json-duplicate-member`,
    ///   `header-invalid`, `alg-not-allowed`, `enc-not-allowed`, `key-mismatch`; `decryption-failed` for everything
    ///   that can go wrong after that.
    public static func decrypt(
        _ token: Span<UInt8>, key: DecryptionKey, limits: TokenLimits = .default
    ) throws(JOSEError) -> DecryptedJWE {
        try limits.check(token)
        let parts = try CompactJWEParts(token)
        let protected = try ProtectedHeader(encoded: token.extracting(parts.header), limits: limits)
        let header = try JWEHeader(protected)
        if let expected = key.kid, let kid = try header.kid(protected), !isSameText(expected, kid) {
            throw JOSEError(.keyMismatch, "the token names another key")
        }
        return try decrypt(token, parts, protected, header, key)
    }

    /// Decrypts with the key that the token names.
    /// - Throws: `key-not-found` if it names none or none of these; otherwise as `decrypt(_:key:limits:)`.
    public static func decrypt(
        _ token: Span<UInt8>, keys: KeyDirectory<DecryptionKey>, limits: TokenLimits = .default
    ) throws(JOSEError) -> DecryptedJWE {
        try limits.check(token)
        let parts = try CompactJWEParts(token)
        let protected = try ProtectedHeader(encoded: token.extracting(parts.header), limits: limits)
        let header = try JWEHeader(protected)
        guard let kid = try header.kid(protected), let key = keys[kid] else { throw JOSEError.keyNotFound }
        return try decrypt(token, parts, protected, header, key)
    }

    /// Decrypts with one key; see the form that takes a span.
    public static func decrypt(
        _ token: String, key: DecryptionKey, limits: TokenLimits = .default
    ) throws(JOSEError) -> DecryptedJWE {
        try decrypt([UInt8](token.utf8).span, key: key, limits: limits)
    }

    /// Decrypts with the key that the token names; see the form that takes a span.
    public static func decrypt(
        _ token: String, keys: KeyDirectory<DecryptionKey>, limits: TokenLimits = .default
    ) throws(JOSEError) -> DecryptedJWE {
        try decrypt([UInt8](token.utf8).span, keys: keys, limits: limits)
    }
}

extension JWE {
    private static func decrypt(
        _ token: Span<UInt8>, _ parts: CompactJWEParts, _ protected: ProtectedHeader, _ header: JWEHeader,
        _ key: DecryptionKey
    ) throws(JOSEError) -> DecryptedJWE {
        guard header.algorithm == key.algorithm else {
            throw JOSEError(.algorithmNotAllowed, "expected alg \(key.algorithm.rawValue)")
        }
        if let content = header.contentEncryption, !key.contentEncryption.contains(content) {
            throw JOSEError(.contentEncryptionNotAllowed, "the key does not go with this enc")
        }
        let plaintext = try open(token, parts, try header.parameters(protected), key, header.contentEncryption)
        return DecryptedJWE(
            plaintext: [UInt8](plaintext),
            header: protected.object,
            keyID: key.kid,
            algorithm: header.algorithm,
            contentEncryption: header.contentEncryption
        )
    }

    /// Decrypts with a key that policy has already allowed for this header.
    /// - Throws: `base64url-invalid`, `decryption-failed`.
    static func open(
        _ token: Span<UInt8>, _ parts: CompactJWEParts, _ parameters: KeyManagementParameters, _ key: DecryptionKey,
        _ content: ContentEncryptionAlgorithm?
    ) throws(JOSEError) -> Data {
        let encryptedKey = try Base64URL.decode(token.extracting(parts.encryptedKey))
        return try key.open(token, parts, parameters, encryptedKey: encryptedKey, content)
    }

    /// Encrypts under a header of `alg`, `enc`, the given members and those of key management, in this order.
    static func seal(
        _ plaintext: Span<UInt8>, _ members: JSONObject, _ key: EncryptionKey, _ content: ContentEncryptionAlgorithm?
    ) throws(JOSEError) -> [UInt8] {
        guard let content = try key.checked(content) else { return try key.sealIntegrated(plaintext, members) }
        let apu = try partyInfo("apu", members)
        let apv = try partyInfo("apv", members)
        let made = try key.newContentKey(for: content, apu: apu, apv: apv)
        var header: JSONObject = ["alg": .string(key.algorithm.rawValue), "enc": .string(content.rawValue)]
        for member in members { header[member.name] = member.value }
        for member in made.members { header[member.name] = member.value }

        var token: [UInt8] = []
        token.reserveCapacity(512 + plaintext.count * 3 / 2)
        Base64URL.append(header.serialized().span, to: &token)
        let nonce = randomBytes(content.nonceBytes)
        let sealed = try ContentCipher.seal(plaintext, with: made.key, content, nonce: nonce, authenticating: token)
        for part in [made.encryptedKey, nonce, sealed.ciphertext, sealed.tag] {
            token.append(UInt8(ascii: "."))
            Base64URL.append(part.span, to: &token)
        }
        return token
    }

    /// What `apu` or `apv` say.
    /// - Throws: `header-invalid`.
    static func partyInfo(_ name: String, _ members: JSONObject) throws(JOSEError) -> [UInt8] {
        guard let value = members[name] else { return [] }
        guard let text = value.stringValue, let octets = try? Base64URL.decode(text) else {
            throw JOSEError(.headerInvalid, "expected \(name) to be base64url")
        }
        return octets
    }
}

extension JOSEError {
    static let keyNotFound = JOSEError(.keyNotFound, "the token names no key of this directory")
}
