@testable import JOSE

/// Tokens of HPKE, whole and spoiled.
enum HPKETokens {
    static let integrated = KeyManagementAlgorithm.allCases.filter(\.isIntegrated)
    static let keyEncryption = KeyManagementAlgorithm.allCases.filter { $0.isExperimental && !$0.isIntegrated }
    static let all = integrated + keyEncryption

    static let policy = DecryptionPolicy(
        algorithms: Set(KeyManagementAlgorithm.allCases), contentEncryption: ContentEncryptionAlgorithm.all)

    static func content(_ algorithm: KeyManagementAlgorithm) -> ContentEncryptionAlgorithm? {
        algorithm.isIntegrated ? nil : .a256GCM
    }

    static func jwk(_ algorithm: KeyManagementAlgorithm) throws -> JWK {
        try JWK.generate(algorithm: algorithm.rawValue, kid: "k")
    }

    /// A token in the flattened form.
    static func flattened(_ jwk: JWK, aad: [UInt8]? = nil, plaintext: [UInt8] = octets("hi")) throws -> JSONObject {
        let key = try EncryptionKey(jwk)
        let token = try JWE.encrypt(
            plaintext, as: .flattened, recipients: [JWERecipient(key: key)],
            contentEncryption: content(key.algorithm), additionalData: aad)
        return try JSONObject(parsing: octets(token))
    }

    static func open(
        _ token: JSONObject, _ jwk: JWK, as form: TokenSerialization = .flattened,
        policy: DecryptionPolicy = HPKETokens.policy
    ) throws -> DecryptedJWE {
        let text = String(decoding: token.serialized(), as: UTF8.self)
        return try JWE.decrypt(text, as: form, key: DecryptionKey(jwk), policy: policy)
    }

    /// A compact token whose protected header is written by hand, around integrated encryption to a key.
    static func compact(_ jwk: JWK, header: JSONObject, nonce: String = "", tag: String = "") throws -> String {
        let key = try EncryptionKey(jwk)
        guard case .hpke(let hpke) = key.backing.recipient, let suite = key.algorithm.hpkeSuite else { return "" }
        let encoded = Base64URL.encode(header.serialized())
        let sealed = try unsafe octets("hi").withUnsafeBytes {
            try unsafe hpke.seal($0, suite, info: [], authenticating: octets(encoded))
        }
        return [encoded, Base64URL.encode(sealed.encapsulated), nonce, Base64URL.encode(sealed.ciphertext), tag]
            .joined(separator: ".")
    }

    /// A compact token whose content key is encrypted to a key under a header that is written by hand.
    static func compactKE(_ jwk: JWK, change: (inout JSONObject) -> Void) throws -> String {
        let made = try EncryptionKey(jwk).newContentKey(for: .a256GCM)
        var header: JSONObject = ["alg": .string(jwk.algorithm ?? ""), "enc": "A256GCM"]
        for member in made.members { header[member.name] = member.value }
        change(&header)
        var draft = JWEDraft(protected: header, shared: [:])
        draft.add(header: [:], encryptedKey: made.encryptedKey)
        return try draft.seal(octets("hi"), made.key, .a256GCM, nonce: randomBytes(12), .compact)
    }
}
