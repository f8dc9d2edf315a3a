/// The headers of nested tokens, as Signet writes them.
enum NestedHeaders {
    /// The members beside `alg` and `enc` and those of key management.
    static func outer(kid: String) -> JSONObject { ["kid": .string(kid), "cty": "JWT"] }

    /// The members beside `alg`.
    static func inner(kid: String, type: String) -> JSONObject { ["kid": .string(kid), "typ": .string(type)] }
}

/// A checked outer header, and the key that it names.
///
/// An object, so that one whose meaning is known is handed out by its reference.
final class OuterHeader: Sendable {
    let key: DecryptionKey
    let contentEncryption: ContentEncryptionAlgorithm
    let parameters: KeyManagementParameters

    init(key: DecryptionKey, contentEncryption: ContentEncryptionAlgorithm, parameters: KeyManagementParameters) {
        self.key = key
        self.contentEncryption = contentEncryption
        self.parameters = parameters
    }

    /// Reads a header, or finds it among those whose meaning is known.
    static func read(
        _ encoded: Span<UInt8>, _ keys: KeyDirectory<DecryptionKey>, _ limits: TokenLimits
    ) throws(JOSEError) -> OuterHeader {
        if let known = keys.backing.knownHeaders.outer?[encoded] { return known }
        return try parse(encoded, keys.backing.table, limits)
    }

    /// Reads a header by the rules: these members and no others, `cty` `JWT` or `at+jwt`, a `kid` that is in the
    /// directory, the `alg` of the key of that name, and an `enc` that goes with it.
    static func parse(
        _ encoded: Span<UInt8>, _ keys: ByteTable<DecryptionKey>?, _ limits: TokenLimits
    ) throws(JOSEError) -> OuterHeader {
        let protected = try ProtectedHeader(encoded: encoded, limits: limits)
        let header = try JWEHeader(protected, isExact: true)
        let isToken = try protected.withText("cty", at: header.members.contentType) {
            $0.isEqual(to: "JWT") || $0.isEqual(to: "at+jwt")
        }
        guard isToken else { throw JOSEError(.typeMismatch, "expected cty JWT or at+jwt") }
        guard let key = try protected.withText("kid", at: header.members.kid, { keys?[$0] }) else {
            throw JOSEError.keyNotFound
        }
        guard key.algorithm == header.algorithm else {
            throw JOSEError(.algorithmNotAllowed, "expected alg \(key.algorithm.rawValue)")
        }
        guard let content = header.contentEncryption, key.contentEncryption.contains(content) else {
            throw JOSEError(.contentEncryptionNotAllowed, "the key does not go with this enc")
        }
        return OuterHeader(key: key, contentEncryption: content, parameters: try header.parameters(protected))
    }
}

/// A checked inner header, and the key that it names.
final class InnerHeader: Sendable {
    let key: VerificationKey
    let type: String

    init(key: VerificationKey, type: String) {
        self.key = key
        self.type = type
    }

    /// Reads a header, or finds it among those whose meaning is known.
    static func read(
        _ encoded: Span<UInt8>, _ keys: KeyDirectory<VerificationKey>, _ limits: TokenLimits
    ) throws(JOSEError) -> InnerHeader {
        if let known = keys.backing.knownHeaders.inner?[encoded] { return known }
        return try parse(encoded, keys.backing.table, limits)
    }

    /// Reads a header by the rules: these members and no others, a `kid` that is in the directory, and the `alg` of
    /// the key of that name.
    static func parse(
        _ encoded: Span<UInt8>, _ keys: ByteTable<VerificationKey>?, _ limits: TokenLimits
    ) throws(JOSEError) -> InnerHeader {
        let protected = try ProtectedHeader(encoded: encoded, limits: limits)
        let name = try protected.requiredText("alg")
        guard !isSameText(name, "none") else { throw JOSEError(.unsecuredInner, "the token inside is not signed") }
        try protected.refuseExtensions()
        try protected.allowOnly { $0.isEqual(to: "alg") || $0.isEqual(to: "kid") || $0.isEqual(to: "typ") }
        _ = try JWSHeader(protected)
        let kid = [UInt8](try protected.requiredText("kid").utf8)
        let type = try protected.requiredText("typ")
        guard let key = keys?[kid.span] else { throw JOSEError.keyNotFound }
        guard key.algorithm.isNamed(name) else {
            throw JOSEError(.algorithmNotAllowed, "expected alg \(key.algorithm.rawValue)")
        }
        return InnerHeader(key: key, type: type)
    }
}
