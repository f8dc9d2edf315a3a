internal import Crypto

/// A JWE that is being made.
struct JWEDraft {
    var protected: JSONObject
    /// The unprotected header of all recipients.
    var shared: JSONObject
    var additionalData: [UInt8]?
    private(set) var recipients: [(header: JSONObject, encryptedKey: [UInt8])] = []

    init(protected: JSONObject, shared: JSONObject) {
        self.protected = protected
        self.shared = shared
    }

    /// Wraps the content key for a recipient.
    /// - Parameters:
    ///   - content: the content key, or nil to make it.
    ///   - isOnly: whether nobody else gets it, so that all that belongs to the recipient can be protected.
    /// - Returns: the content key.
    mutating func add(
        _ recipient: JWERecipient, _ algorithm: ContentEncryptionAlgorithm, _ content: SymmetricKey?, isOnly: Bool
    ) throws(JOSEError) -> SymmetricKey {
        let key = recipient.key
        guard key.contentEncryption.contains(algorithm) else {
            throw JOSEError(.contentEncryptionNotAllowed, "the key does not go with \(algorithm.rawValue)")
        }
        let given = try JOSEHeader(protected: protected, shared: shared, own: recipient.header)
        let made = try key.newContentKey(
            for: algorithm, apu: try JWE.partyInfo("apu", given.members), apv: try JWE.partyInfo("apv", given.members),
            wrapping: content
        )
        var members = JSONObject()
        if given.keyID == nil, let kid = key.kid { members["kid"] = .string(kid) }
        for (name, value) in made.members { members[name] = value }
        var own = recipient.header
        if isOnly {
            protected = protected + members
        } else {
            own = ["alg": .string(key.algorithm.rawValue)] + own + members
        }
        // No name may now be in two parts.
        _ = try JOSEHeader(protected: protected, shared: shared, own: own)
        recipients.append((own, made.encryptedKey))
        return made.key
    }

    /// Takes a recipient whose key is wrapped already.
    mutating func add(header: JSONObject, encryptedKey: [UInt8]) { recipients.append((header, encryptedKey)) }

    /// Encrypts and writes the token.
    /// - Throws: `token-malformed` if something does not go with the serialization; `operation-failed`.
    func seal(
        _ plaintext: [UInt8], _ key: SymmetricKey, _ algorithm: ContentEncryptionAlgorithm, nonce: [UInt8],
        _ serialization: TokenSerialization
    ) throws(JOSEError) -> String {
        let sealed = try ContentCipher.seal(
            plaintext.span, with: key, algorithm, nonce: nonce, authenticating: authenticated
        )
        return try write(nonce: nonce, sealed.ciphertext, tag: sealed.tag, serialization)
    }

    /// What the encryption authenticates: the protected header and, behind a dot, the further data.
    var authenticated: [UInt8] {
        [UInt8](encodedHeader.utf8) + (additionalData.map { [UInt8](".\(Base64URL.encode($0))".utf8) } ?? [])
    }

    private var encodedHeader: String { protected.isEmpty ? "" : Base64URL.encode(protected.serialized()) }

    /// Writes the token. Without a nonce there is no tag either.
    /// - Throws: `token-malformed` if something does not go with the serialization.
    func write(
        nonce: [UInt8], _ ciphertext: [UInt8], tag: [UInt8], _ serialization: TokenSerialization
    ) throws(JOSEError) -> String {
        let header = encodedHeader
        let aad = additionalData.map { Base64URL.encode($0) }
        let parts = [nonce, ciphertext, tag].map { Base64URL.encode($0) }
        guard serialization != .compact else {
            guard aad == nil, shared.isEmpty, recipients.count == 1, recipients[0].header.isEmpty else {
                throw JSONObject.malformed("a compact token has a protected header and nothing beside it")
            }
            return ([header, Base64URL.encode(recipients[0].encryptedKey)] + parts).joined(separator: ".")
        }
        var token = JSONObject()
        if !header.isEmpty { token["protected"] = .string(header) }
        if !shared.isEmpty { token["unprotected"] = .object(shared) }
        let elements = recipients.map { recipient in
            var element = JSONObject()
            if !recipient.header.isEmpty { element["header"] = .object(recipient.header) }
            if !recipient.encryptedKey.isEmpty {
                element["encrypted_key"] = .string(Base64URL.encode(recipient.encryptedKey))
            }
            return element
        }
        if serialization == .general {
            token["recipients"] = .array(elements.map { .object($0) })
        } else if let only = elements.first {
            token = token + only
        }
        if let aad { token["aad"] = .string(aad) }
        for (name, text) in zip(["iv", "ciphertext", "tag"], parts) where name == "ciphertext" || !text.isEmpty {
            token[name] = .string(text)
        }
        return String(decoding: token.serialized(), as: UTF8.self)
    }
}

extension JSONObject {
    /// The members of both; the right one's win.
    static func + (left: JSONObject, right: JSONObject) -> JSONObject {
        var joined = left
        for (name, value) in right { joined[name] = value }
        return joined
    }
}
