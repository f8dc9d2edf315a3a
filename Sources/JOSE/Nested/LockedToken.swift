internal import Crypto
internal import FoundationEssentials

/// A nested token whose key is known and held elsewhere: in an HSM or a KMS, which opens its encrypted key.
///
/// Everything that the outer header can be refused for has been looked at; nothing has been decrypted. Whoever holds the
/// key turns ``encryptedKey`` into the content key, and ``open(contentKey:verificationKeys:type:)`` goes on from there.
public struct LockedToken: Sendable {
    /// What the recipient's private key has to open. Comes from outside: it may be of any length and content.
    public let encryptedKey: [UInt8]

    private let token: [UInt8]
    private let parts: CompactJWEParts
    private let outer: OuterHeader
    private let limits: TokenLimits

    init(
        _ token: Span<UInt8>, _ parts: CompactJWEParts, _ outer: OuterHeader, _ limits: TokenLimits
    ) throws(JOSEError) {
        encryptedKey = try Base64URL.decode(token.extracting(parts.encryptedKey))
        self.token = token.copied()
        (self.parts, self.outer, self.limits) = (parts, outer, limits)
    }

    /// The name of the key that the token is for.
    public var encryptionKeyID: String { outer.key.kid ?? "" }

    /// The way of key management.
    public var encryptionAlgorithm: KeyManagementAlgorithm { outer.key.algorithm }

    /// Decrypts with the content key, verifies what is inside and reads its claims.
    /// - Parameter contentKey: what ``encryptedKey`` was opened to.
    /// - Throws: as `NestedToken.open`, from `decryption-failed` on.
    public func open(
        contentKey: SecretBytes, verificationKeys: KeyDirectory<VerificationKey>, type: String = "at+jwt"
    ) throws(JOSEError) -> OpenedToken {
        // The pointer is read within the call; SymmetricKey wipes its own copy.
        let key = unsafe contentKey.withUnsafeBytes { unsafe SymmetricKey(data: $0) }
        guard let plaintext = try ContentCipher.open(token.span, parts, with: key, outer.contentEncryption) else {
            throw JOSEError.decryptionFailed
        }
        return try NestedToken.openInner(plaintext.span, outer, verificationKeys, type, limits)
    }

    /// Decrypts with the private key itself, verifies what is inside and reads its claims.
    /// - Parameter key: the private half of the key that the token is for.
    /// - Throws: `key-mismatch` if it is another key; otherwise as `NestedToken.open`, from `decryption-failed` on.
    public func open(
        with key: DecryptionKey, verificationKeys: KeyDirectory<VerificationKey>, type: String = "at+jwt"
    ) throws(JOSEError) -> OpenedToken {
        guard let kid = key.kid, isSameText(kid, encryptionKeyID), key.algorithm == encryptionAlgorithm else {
            throw JOSEError(.keyMismatch, "the token is for another key")
        }
        let plaintext = try JWE.open(token.span, parts, outer.parameters, key, outer.contentEncryption)
        return try NestedToken.openInner(plaintext.span, outer, verificationKeys, type, limits)
    }
}

extension NestedToken {
    /// Reads the outer header of a nested token and finds the key that it is for; decrypts nothing.
    /// - Parameters:
    ///   - decryptionKeys: the recipient's keys, which may be public halves: see
    ///     ``DecryptionKey/init(heldElsewhere:contentEncryption:)``.
    ///   - contentEncryption: the content encryptions that policy allows.
    /// - Throws: what `NestedToken.open` throws before decryption.
    public static func locate(
        _ token: Span<UInt8>, decryptionKeys: KeyDirectory<DecryptionKey>,
        contentEncryption: Set<ContentEncryptionAlgorithm>, limits: TokenLimits = .accessToken
    ) throws(JOSEError) -> LockedToken {
        try limits.check(token)
        let parts = try CompactJWEParts(token)
        let outer = try OuterHeader.read(token.extracting(parts.header), decryptionKeys, limits)
        guard contentEncryption.contains(outer.contentEncryption) else {
            throw JOSEError(.contentEncryptionNotAllowed, "the header's enc is not allowed here")
        }
        return try LockedToken(token, parts, outer, limits)
    }
}
