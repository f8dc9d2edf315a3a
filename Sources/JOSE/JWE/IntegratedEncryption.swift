internal import Crypto
internal import FoundationEssentials

extension DecryptionKey {
    /// Decrypts a token whose parts are still encoded, with a key that policy has already allowed for its header.
    /// - Parameter content: the content encryption; nil where the key's algorithm encrypts the content itself.
    /// - Throws: `base64url-invalid`, `token-malformed`, `header-invalid`, `decryption-failed`.
    func open(
        _ token: Span<UInt8>, _ parts: CompactJWEParts, _ parameters: KeyManagementParameters, encryptedKey: [UInt8],
        _ content: ContentEncryptionAlgorithm?
    ) throws(JOSEError) -> Data {
        guard let content else { return try openIntegrated(token, parts, encapsulated: encryptedKey) }
        guard let contentKey = try contentKey(parameters, encryptedKey: encryptedKey, for: content),
            let plaintext = try ContentCipher.open(token, parts, with: contentKey, content)
        else { throw JOSEError.decryptionFailed }
        return plaintext
    }

    /// Integrated encryption (draft-ietf-jose-hpke-encrypt section 5): the encrypted key is the encapsulated secret, the
    /// ciphertext includes the tag, and there is no initialisation vector.
    private func openIntegrated(
        _ token: Span<UInt8>, _ parts: CompactJWEParts, encapsulated: [UInt8]
    ) throws(JOSEError) -> Data {
        guard parts.nonce.isEmpty, parts.tag.isEmpty else {
            throw JOSEError(.tokenMalformed, "expected neither an initialisation vector nor a tag")
        }
        let ciphertext = try Base64URL.decode(token.extracting(parts.ciphertext))
        guard algorithm.isIntegrated, let suite = algorithm.hpkeSuite, case .hpke(let key) = backing.recipient,
            let plaintext = key.open(
                ciphertext, encapsulated: encapsulated, suite, info: [],
                authenticating: token.extracting(parts.header).copied())
        else { throw JOSEError.decryptionFailed }
        return plaintext
    }
}

extension EncryptionKey {
    /// The content encryption to use, nil where the key's algorithm encrypts the content itself.
    /// - Throws: `enc-not-allowed` if one is missing, does not go with the key, or has no place.
    func checked(_ content: ContentEncryptionAlgorithm?) throws(JOSEError) -> ContentEncryptionAlgorithm? {
        guard !algorithm.isIntegrated else {
            guard content == nil else {
                throw JOSEError(
                    .contentEncryptionNotAllowed, "\(algorithm.rawValue) encrypts the content itself, without enc")
            }
            return nil
        }
        guard let content else {
            throw JOSEError(.contentEncryptionNotAllowed, "\(algorithm.rawValue) needs a content encryption")
        }
        guard contentEncryption.contains(content) else {
            throw JOSEError(.contentEncryptionNotAllowed, "the key does not go with \(content.rawValue)")
        }
        return content
    }

    /// Encrypts under a header of `alg` and the given members; the compact form.
    func sealIntegrated(_ plaintext: Span<UInt8>, _ members: JSONObject) throws(JOSEError) -> [UInt8] {
        var header: JSONObject = ["alg": .string(algorithm.rawValue)]
        for member in members { header[member.name] = member.value }
        var token: [UInt8] = []
        Base64URL.append(header.serialized().span, to: &token)
        let sealed = try sealIntegrated(plaintext, authenticating: token)
        token.append(UInt8(ascii: "."))
        Base64URL.append(sealed.encapsulated.span, to: &token)
        token += [UInt8(ascii: "."), UInt8(ascii: ".")]
        Base64URL.append(sealed.ciphertext.span, to: &token)
        token.append(UInt8(ascii: "."))
        return token
    }

    fileprivate func sealIntegrated(
        _ plaintext: Span<UInt8>, authenticating header: [UInt8]
    ) throws(JOSEError) -> (encapsulated: [UInt8], ciphertext: [UInt8]) {
        guard algorithm.isIntegrated, let suite = algorithm.hpkeSuite, case .hpke(let key) = backing.recipient else {
            throw algorithm.noContentKey
        }
        do {
            return try unsafe plaintext.withUnsafeBytes {
                try unsafe key.seal($0, suite, info: [], authenticating: header)
            }
        } catch {
            throw JOSEError(.operationFailed, "the plaintext could not be encrypted")
        }
    }
}

extension JWEDraft {
    /// Encrypts to the only recipient by an algorithm that encrypts the content itself, and writes the token.
    /// - Throws: `header-invalid`; `token-malformed` if something does not go with the serialization;
    ///   `operation-failed`.
    mutating func sealIntegrated(
        _ plaintext: [UInt8], _ recipient: JWERecipient, _ serialization: TokenSerialization
    ) throws(JOSEError) -> String {
        let given = try JOSEHeader(protected: protected, shared: shared, own: recipient.header)
        if given.keyID == nil, let kid = recipient.key.kid { protected["kid"] = .string(kid) }
        let sealed = try recipient.key.sealIntegrated(plaintext.span, authenticating: authenticated)
        add(header: recipient.header, encryptedKey: sealed.encapsulated)
        return try write(nonce: [], sealed.ciphertext, tag: [], serialization)
    }
}
