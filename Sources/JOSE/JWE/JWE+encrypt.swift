internal import Crypto

/// One of those that a JWE is for.
public struct JWERecipient: Sendable {
    /// The recipient's key, which decides `alg`.
    public var key: EncryptionKey

    /// Members of the recipient's own header, which nothing protects, for the JSON serializations.
    public var header: JSONObject

    /// Names a recipient.
    public init(key: EncryptionKey, header: JSONObject = JSONObject()) {
        self.key = key
        self.header = header
    }
}

/// Whether a plaintext is compressed before it is encrypted.
public enum JWECompression: Sendable {
    /// It is not.
    case none
    /// `zip: DEF`. The length of the token then tells of the plaintext's content: never for text that a stranger has
    /// a part in together with a secret.
    case deflateRevealingContentByLength
}

extension JWE {
    /// Encrypts in any serialization.
    /// - Parameters:
    ///   - recipients: one for compact and flattened, one or more for general; with several none may use `dir`,
    ///     `ECDH-ES` directly or integrated encryption.
    ///   - contentEncryption: one that the keys may be used with; nil for a key that encrypts the content itself.
    ///   - protected: further members of the protected header. With one recipient `alg`, the members of key management
    ///     and, unless it is given somewhere, the key's `kid` join them; with several they are in each one's own header.
    ///   - unprotected: members of the header that all recipients share and nothing protects, for the JSON forms.
    ///   - critical: the names of protected members that nobody may ignore (`crit`).
    ///   - additionalData: further data to authenticate (`aad`), for the JSON forms. It is not encrypted.
    /// - Throws: `header-invalid`, `header-unprotected`; `token-malformed` if recipients or data do not go with the
    ///   serialization; `enc-not-allowed`, `key-invalid`, `operation-failed`.
    public static func encrypt(
        _ plaintext: [UInt8], as serialization: TokenSerialization, recipients: [JWERecipient],
        contentEncryption: ContentEncryptionAlgorithm?, protected: JSONObject = JSONObject(),
        unprotected: JSONObject = JSONObject(), critical: [String] = [], additionalData: [UInt8]? = nil,
        compression: JWECompression = .none
    ) throws(JOSEError) -> String {
        guard let first = recipients.first, recipients.count == 1 || serialization == .general else {
            throw JSONObject.malformed("expected one recipient, or several and the general serialization")
        }
        for members in [protected, unprotected] + recipients.map(\.header) { try refuseDecided(members) }
        try KeyManagementAlgorithm.checkTogether(recipients.map(\.key.algorithm))
        var draft = JWEDraft(protected: [:], shared: unprotected)
        if let contentEncryption { draft.protected["enc"] = .string(contentEncryption.rawValue) }
        // Data of no octets can't be told from none: the member has to be left out (RFC 7516 section 7.2.1).
        draft.additionalData = additionalData?.isEmpty == true ? nil : additionalData
        if recipients.count == 1 { draft.protected = ["alg": .string(first.key.algorithm.rawValue)] + draft.protected }
        draft.protected = draft.protected + protected
        if compression == .deflateRevealingContentByLength { draft.protected["zip"] = "DEF" }
        if !critical.isEmpty { draft.protected["crit"] = .array(critical.map { .string($0) }) }
        let understood = CriticalExtensions(critical.map { ($0, { (_, _) in }) })
        try understood.check(draft.protected, understandsB64: false)

        let text = compression == .none ? plaintext : try Deflater.deflate(plaintext)
        guard let contentEncryption = try first.key.checked(contentEncryption) else {
            return try draft.sealIntegrated(text, first, serialization)
        }
        var content: SymmetricKey?
        for recipient in recipients {
            content = try draft.add(recipient, contentEncryption, content, isOnly: recipients.count == 1)
        }
        guard let content else { throw JSONObject.malformed("expected a recipient") }
        return try draft.seal(
            text, content, contentEncryption, nonce: randomBytes(contentEncryption.nonceBytes), serialization
        )
    }

    static func refuseDecided(_ members: JSONObject) throws(JOSEError) {
        for name in ["alg", "enc", "epk", "iv", "tag", "zip", "crit", "p2s", "p2c", "b64", "ek", "psk_id"]
        where members[name] != nil {
            throw JOSEError(.headerInvalid, "\(name) can't be given")
        }
    }
}
