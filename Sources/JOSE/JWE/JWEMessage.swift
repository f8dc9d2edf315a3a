/// A JWE taken apart, of which nothing has been decrypted.
struct JWEMessage {
    /// One of those that it is for.
    struct Recipient {
        /// All of the recipient's header.
        let header: JOSEHeader
        /// The members that are only this recipient's.
        let own: JSONObject
        let encryptedKey: [UInt8]

        /// Whether its algorithm encrypts the content itself.
        var isIntegrated: Bool { algorithm?.isIntegrated ?? false }

        /// Its algorithm; nil if it is unknown or missing.
        var algorithm: KeyManagementAlgorithm? {
            header.algorithm.flatMap(KeyManagementAlgorithm.init(rawValue:))
        }
    }

    let recipients: [Recipient]

    /// `aad`, decoded; nil if there is none.
    let additionalData: [UInt8]?

    /// The additional authenticated data, then nonce, ciphertext and tag, encoded.
    let text: [UInt8]
    let parts: CompactJWEParts

    /// Takes a token apart.
    /// - Throws: `token-too-large`, `token-malformed`, `base64url-invalid`, `json-invalid`, `json-duplicate-member`,
    ///   `header-invalid`, `header-unprotected`.
    init(_ token: Span<UInt8>, _ serialization: TokenSerialization, limits: TokenLimits) throws(JOSEError) {
        guard serialization != .compact else {
            try limits.check(token)
            parts = try CompactJWEParts(token)
            text = token.copied()
            additionalData = nil
            let header = try ProtectedHeader(encoded: token.extracting(parts.header), limits: limits).object
            let encryptedKey = try Base64URL.decode(token.extracting(parts.encryptedKey))
            recipients = [
                Recipient(header: try JOSEHeader(protected: header), own: [:], encryptedKey: encryptedKey)
            ]
            return
        }
        let object = try JSONObject(token: token, limits: limits)
        // RFC 7516 section 9: by these members a JWS is told from a JWE, so that no text is both.
        try object.refuseTokenMembers(
            ["payload", "signatures"] + (serialization == .general ? ["header", "encrypted_key"] : ["recipients"]))
        let encodedHeader = try object.tokenText("protected")
        let protected = try JSONObject.tokenProtected(encodedHeader, limits: limits)
        let shared = try object.tokenHeader("unprotected", limits: limits)
        let elements = serialization == .general ? try Self.recipients(of: object, limits) : [object]
        recipients = try elements.map { (element) throws(JOSEError) in
            try Self.recipient(element, protected, shared, limits)
        }
        try Self.checkTogether(recipients)
        let aad = try object.tokenText("aad")
        additionalData = try aad.map { (aad) throws(JOSEError) in try Base64URL.decode(aad.span) }
        let nonce = try object.tokenText("iv")
        let tag = try object.tokenText("tag")
        let isIntegrated = recipients.contains(where: \.isIntegrated)
        guard let ciphertext = try object.tokenText("ciphertext", mayBeEmpty: true), (nonce == nil) == isIntegrated,
            (tag == nil) == isIntegrated
        else {
            throw JSONObject.malformed(
                isIntegrated ? "expected ciphertext, and neither iv nor tag" : "expected iv, ciphertext and tag")
        }
        // RFC 7516 section 5.1 step 14: the protected header and, behind a dot, the further data.
        let authenticated = (encodedHeader ?? []) + (aad.map { [UInt8(ascii: ".")] + $0 } ?? [])
        let sequence = [authenticated, nonce ?? [], ciphertext, tag ?? []]
        text = sequence.flatMap { $0 }
        let ends = sequence.reduce(into: [0]) { ends, part in ends.append((ends.last ?? 0) + part.count) }
        parts = CompactJWEParts(
            header: 0..<ends[1], encryptedKey: 0..<0, nonce: ends[1]..<ends[2], ciphertext: ends[2]..<ends[3],
            tag: ends[3]..<ends[4]
        )
    }

    /// Octets of nonce, ciphertext and tag; nil for what is not base64url.
    var sizes: (Int?, Int?, Int?) {
        (
            Base64URL.decodedCount(parts.nonce.count), Base64URL.decodedCount(parts.ciphertext.count),
            Base64URL.decodedCount(parts.tag.count)
        )
    }
}

extension JWEMessage {
    /// The elements of `recipients`. A token whose only recipient has neither header nor encrypted key may leave them
    /// out, as RFC 7520 sections 5.5 and 5.6 do: nothing of it can then be read in two ways.
    private static func recipients(of object: JSONObject, _ limits: TokenLimits) throws(JOSEError) -> [JSONObject] {
        guard object["recipients"] != nil else { return [[:]] }
        return try object.tokenElements("recipients", limits: limits)
    }

    private static func recipient(
        _ object: JSONObject, _ protected: JSONObject, _ shared: JSONObject, _ limits: TokenLimits
    ) throws(JOSEError) -> Recipient {
        let own = try object.tokenHeader("header", limits: limits)
        let encryptedKey = try object.tokenText("encrypted_key") ?? []
        return Recipient(
            header: try JOSEHeader(protected: protected, shared: shared, own: own),
            own: own,
            encryptedKey: try Base64URL.decode(encryptedKey.span)
        )
    }

    /// What several recipients have to agree on: one `enc` (RFC 7516 section 4.1.2), and a content key that is
    /// nobody's own.
    /// - Throws: `header-invalid`.
    private static func checkTogether(_ recipients: [Recipient]) throws(JOSEError) {
        guard recipients.count > 1, let first = recipients.first else { return }
        for recipient in recipients {
            guard recipient.header.contentEncryption == first.header.contentEncryption else {
                throw JOSEError(.headerInvalid, "the recipients differ in enc")
            }
        }
        try KeyManagementAlgorithm.checkTogether(recipients.compactMap(\.algorithm))
    }
}

extension JWEMessage.Recipient {
    /// What its header says of key management, in whichever part.
    /// - Throws: `header-invalid`, `alg-not-allowed`, `enc-not-allowed`; `json-invalid` if the parts of the header are
    ///   together beyond the limits.
    func parameters(_ limits: TokenLimits) throws(JOSEError) -> KeyManagementParameters {
        var members = header.members
        // Both have been judged; the reader of key management has no use for them.
        members["crit"] = nil
        members["zip"] = nil
        // Says something of a JWS only.
        members["b64"] = nil
        let joined = try ProtectedHeader(joined: members, limits: limits)
        return try JWEHeader(joined).parameters(joined)
    }
}
