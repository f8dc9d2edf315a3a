import Testing

@testable import JOSE

@Suite("A JWE in a JSON serialization")
struct JWESerializationTests {
    private let jwk: JWK
    private let key: DecryptionKey
    private let policy = DecryptionPolicy(
        algorithms: [.a256KW, .a128KW, .ecdhESA256KW, .rsaOAEP256, .dir], contentEncryption: [.a256GCM, .a128CBCHS256])

    init() throws {
        jwk = try JWK.generate(algorithm: "A256KW", kid: "k")
        key = try DecryptionKey(jwk)
    }

    private func decrypt(
        _ token: String, as form: TokenSerialization = .flattened
    ) throws(JOSEError) -> DecryptedJWE {
        try JWE.decrypt(token, as: form, key: key, policy: policy)
    }

    private func token(as form: TokenSerialization = .flattened, aad: [UInt8]? = nil) throws -> JSONObject {
        let text = try JWE.encrypt(
            octets("hi"), as: form, recipients: [JWERecipient(key: EncryptionKey(jwk))], contentEncryption: .a256GCM,
            additionalData: aad)
        return try JSONObject(parsing: octets(text))
    }

    private func text(_ object: JSONObject) -> String { String(decoding: object.serialized(), as: UTF8.self) }

    /// A token whose headers are written by hand, around a content key wrapped for `k`.
    private func token(
        protected: JSONObject, shared: JSONObject = [:], own: JSONObject = [:]
    ) throws -> String {
        var draft = JWEDraft(protected: protected, shared: shared)
        let wrapped = try EncryptionKey(jwk).newContentKey(for: .a256GCM)
        draft.add(header: own, encryptedKey: wrapped.encryptedKey)
        return try draft.seal(octets("hi"), wrapped.key, .a256GCM, nonce: randomBytes(12), .flattened)
    }

    @Test("opens with everything that may be in it", arguments: [TokenSerialization.flattened, .general])
    func roundTrip(form: TokenSerialization) throws {
        let text = try JWE.encrypt(
            octets("hi"), as: form, recipients: [JWERecipient(key: EncryptionKey(jwk), header: ["own": 1])],
            contentEncryption: .a256GCM, protected: ["typ": "x"], unprotected: ["shared": 2],
            additionalData: octets("more"))
        let opened = try decrypt(text, as: form)
        #expect(opened.plaintext == octets("hi") && opened.additionalData == octets("more"))
        #expect(opened.header == ["alg": "A256KW", "enc": "A256GCM", "typ": "x", "kid": "k"])
        #expect(opened.unprotectedHeader == ["shared": 2, "own": 1] && !opened.isCompressed)
        for other in TokenSerialization.allCases where other != form {
            #expect(throws: JOSEError.self) { try decrypt(text, as: other) }
        }
    }

    @Test("is refused for the shape of its members")
    func shape() throws {
        let flattened = try token()
        for name in ["iv", "tag", "ciphertext"] {
            #expect(throws: JOSEError(.tokenMalformed, "")) { try decrypt(text(flattened.with(name, nil))) }
            #expect(throws: JOSEError(.tokenMalformed, "")) { try decrypt(text(flattened.with(name, 1))) }
        }
        for name in ["iv", "tag", "protected", "encrypted_key", "aad"] {
            #expect(throws: JOSEError(.tokenMalformed, "")) { try decrypt(text(flattened.with(name, ""))) }
        }
        for name in ["header", "unprotected"] {
            for value: JSONValue in [[:], [], "x", nil] {
                #expect(throws: JOSEError(.tokenMalformed, "")) {
                    try decrypt(text(flattened.with(name, .some(value))))
                }
            }
        }
        #expect(throws: JOSEError(.tokenMalformed, "")) { try decrypt(text(flattened.with("recipients", [[:]]))) }
        let general = try token(as: .general)
        for value: JSONValue in [[], [:], "x", [1], [[]]] {
            #expect(throws: JOSEError(.tokenMalformed, "")) {
                try decrypt(text(general.with("recipients", value)), as: .general)
            }
        }
        for (name, value) in [("header", ["a": 1]), ("encrypted_key", "AA")] as [(String, JSONValue)] {
            #expect(throws: JOSEError(.tokenMalformed, "")) {
                try decrypt(text(general.with(name, value)), as: .general)
            }
        }
    }

    @Test(
        "is refused for what its headers say",
        arguments: [
            (["enc": "A256GCM"], [:], [:], .headerInvalid), (["alg": "A256KW"], [:], [:], .headerInvalid),
            (["alg": "A256KW"], ["enc": "A256GCM"], [:], .headerUnprotected),
            (["alg": "A256KW"], [:], ["enc": "A256GCM"], .headerUnprotected),
            (["enc": "A256GCM"], ["alg": "A256KW"], [:], .headerUnprotected),
            (["alg": "A256KW", "enc": "A256GCM"], ["alg": "A256KW"], [:], .headerInvalid),
            (["alg": "A256KW", "enc": "A256GCM"], [:], ["enc": "A256GCM"], .headerInvalid),
            (["alg": "A256KW", "enc": "A256GCM"], ["x": 1], ["x": 1], .headerInvalid),
            (["alg": "A256KW", "enc": "A256GCM"], ["zip": "DEF"], [:], .headerUnprotected),
            (["alg": "A256KW", "enc": "A256GCM"], [:], ["crit": ["x"], "x": 1], .headerUnprotected),
            (["alg": "A256KW", "enc": "A256GCM", "zip": "DEF"], [:], [:], .compressionNotAllowed),
            (["alg": "A256KW", "enc": "A256GCM", "zip": "LZW"], [:], [:], .headerInvalid),
            (["alg": "A256KW", "enc": "A256GCM", "crit": []], [:], [:], .headerInvalid),
            (["alg": "A256KW", "enc": "A256GCM", "crit": ["b64"], "b64": false], [:], [:], .criticalUnknown),
            (["alg": "RSA1_5", "enc": "A256GCM"], [:], [:], .algorithmNotAllowed),
            (["alg": "none", "enc": "A256GCM"], [:], [:], .algorithmNotAllowed),
            (["alg": "ECDH-ES", "enc": "A256GCM"], [:], [:], .algorithmNotAllowed),
            (["alg": "A128KW", "enc": "A256GCM"], [:], [:], .algorithmNotAllowed),
            (["alg": "A256KW", "enc": "A128GCM"], [:], [:], .contentEncryptionNotAllowed),
            (["alg": "A256KW", "enc": "A256CBC"], [:], [:], .contentEncryptionNotAllowed),
            (["alg": "A256KW", "enc": "A256GCM", "kid": "x"], [:], [:], .keyMismatch),
        ] as [(JSONObject, JSONObject, JSONObject, JOSEError.Code)])
    func headers(protected: JSONObject, shared: JSONObject, own: JSONObject, code: JOSEError.Code) throws {
        let token = try token(protected: protected, shared: shared, own: own)
        #expect(throws: JOSEError(code, "")) { try decrypt(token) }
    }

    @Test("believes alg in a recipient's own header, and in the shared one when it is told to")
    func unprotectedAlgorithm() throws {
        let own = try token(protected: ["enc": "A256GCM"], own: ["alg": "A256KW"])
        #expect(try decrypt(own).plaintext == octets("hi"))
        var trusting = policy
        trusting.trustsUnprotectedAlgorithm = true
        let shared = try token(protected: [:], shared: ["alg": "A256KW", "enc": "A256GCM"])
        #expect(try JWE.decrypt(shared, as: .flattened, key: key, policy: trusting).plaintext == octets("hi"))
        // The key's own algorithm holds all the same.
        let other = try token(protected: [:], shared: ["alg": "A128KW", "enc": "A256GCM"])
        #expect(throws: JOSEError(.algorithmNotAllowed, "")) {
            try JWE.decrypt(other, as: .flattened, key: key, policy: trusting)
        }
    }

    @Test("fails in one way whatever was changed of what is authenticated")
    func tampering() throws {
        let whole = try token(aad: octets("more"))
        let changed: [JSONObject] = [
            whole.with("aad", "AAAA"), whole.with("aad", nil), whole.with("iv", "AAAAAAAAAAAAAAAA"),
            whole.with("tag", "AAAAAAAAAAAAAAAAAAAAAA"), whole.with("tag", "AAAA"), whole.with("iv", "AAAA"),
            whole.with("ciphertext", "AAAA"), whole.with("ciphertext", ""), whole.with("encrypted_key", nil),
            whole.with("encrypted_key", "AAAA"),
            whole.with(
                "protected", .string(Base64URL.encode(octets(#"{"enc":"A256GCM","alg":"A256KW","kid":"k"}"#)))),
        ]
        for token in changed {
            #expect(throws: JOSEError(.decryptionFailed, ""), "\(token)") { try decrypt(text(token)) }
        }
        #expect(throws: JOSEError(.decryptionFailed, "")) { try decrypt(text(token().with("aad", "AAAA"))) }
        for name in ["iv", "tag", "ciphertext", "encrypted_key", "aad", "protected"] {
            #expect(throws: JOSEError(.base64URLInvalid, "")) { try decrypt(text(whole.with(name, "A=="))) }
        }
    }

    @Test("opens for each of several recipients by its own name, and for no one else")
    func recipients() throws {
        let jwks = try [jwk] + ["A128KW", "ECDH-ES+A256KW", "RSA-OAEP-256"].map { try JWK.generate(algorithm: $0) }
        let token = try JWE.encrypt(
            octets("hi"), as: .general, recipients: try jwks.map { JWERecipient(key: try EncryptionKey($0)) },
            contentEncryption: .a128CBCHS256, additionalData: octets("more"))
        for jwk in jwks {
            let key = try DecryptionKey(jwk)
            let opened = try JWE.decrypt(token, as: .general, key: key, policy: policy)
            #expect(opened.plaintext == octets("hi") && opened.keyID == jwk.kid && opened.algorithm == key.algorithm)
            #expect(opened.header == ["enc": "A128CBC-HS256"])
            #expect(throws: Never.self) {
                try JWE.decrypt(token, as: .general, keys: KeyDirectory([key]), policy: policy)
            }
        }
        let stranger = try DecryptionKey(JWK.generate(algorithm: "A256KW"))
        #expect(throws: JOSEError(.keyNotFound, "")) {
            try JWE.decrypt(token, as: .general, keys: KeyDirectory([stranger]), policy: policy)
        }
        #expect(throws: JOSEError.self) { try JWE.decrypt(token, as: .general, key: stranger, policy: policy) }
        let limits = TokenLimits(tokenBytes: 1 << 16, headerBytes: 1 << 12, signers: 3)
        let few = DecryptionPolicy(
            algorithms: policy.algorithms, contentEncryption: policy.contentEncryption, limits: limits)
        #expect(throws: JOSEError(.tokenTooLarge, "")) {
            try JWE.decrypt(token, as: .general, key: key, policy: few)
        }
    }

    @Test("whose recipients name no keys opens for the one whose key it is")
    func nameless() throws {
        let jwks = try (0..<3).map { _ in
            try JWK(JWK.generate(algorithm: "A256KW").object(includingPrivate: true).with("kid", nil))
        }
        let token = try JWE.encrypt(
            octets("hi"), as: .general, recipients: try jwks.map { JWERecipient(key: try EncryptionKey($0)) },
            contentEncryption: .a256GCM)
        for jwk in jwks {
            #expect(
                try JWE.decrypt(token, as: .general, key: DecryptionKey(jwk), policy: policy).plaintext == octets("hi"))
        }
        let stranger = try DecryptionKey(JWK.generate(algorithm: "A256KW"))
        #expect(throws: JOSEError(.decryptionFailed, "")) {
            try JWE.decrypt(token, as: .general, key: stranger, policy: policy)
        }
    }

    @Test("may not share among several recipients what is one's own: a direct key, another enc")
    func together() throws {
        let direct = try JWK.generate(algorithm: "A256GCM")
        let agreed = try JWK.generate(algorithm: "ECDH-ES")
        for other in [direct, agreed] {
            #expect(throws: JOSEError(.headerInvalid, "")) {
                try JWE.encrypt(
                    [], as: .general, recipients: try [jwk, other].map { JWERecipient(key: try EncryptionKey($0)) },
                    contentEncryption: .a256GCM)
            }
        }
        let token = try token(as: .general).with("protected", .string(Base64URL.encode(octets(#"{"x":1}"#))))
        let mixed: [(JSONValue, JSONValue)] = [
            (["alg": "A256KW", "enc": "A256GCM"], ["alg": "A256KW", "enc": "A128GCM"]),
            (["alg": "A256KW", "enc": "A256GCM"], ["alg": "dir", "enc": "A256GCM"]),
            (["alg": "A256KW", "enc": "A256GCM"], ["alg": "ECDH-ES", "enc": "A256GCM"]),
        ]
        for (one, two) in mixed {
            let text = text(token.with("recipients", [["header": one], ["header": two]]))
            #expect(throws: JOSEError(.headerInvalid, "")) { try decrypt(text, as: .general) }
        }
    }

    @Test("is made only in forms that can carry it")
    func encrypting() throws {
        let recipient = JWERecipient(key: try EncryptionKey(jwk))
        func encrypt(
            _ form: TokenSerialization, _ recipients: [JWERecipient], shared: JSONObject = [:], aad: [UInt8]? = nil
        ) throws(JOSEError) -> String {
            try JWE.encrypt(
                [], as: form, recipients: recipients, contentEncryption: .a256GCM, unprotected: shared,
                additionalData: aad)
        }
        #expect(throws: JOSEError(.tokenMalformed, "")) { try encrypt(.general, []) }
        #expect(throws: JOSEError(.tokenMalformed, "")) { try encrypt(.compact, [recipient, recipient]) }
        #expect(throws: JOSEError(.tokenMalformed, "")) { try encrypt(.flattened, [recipient, recipient]) }
        #expect(throws: JOSEError(.tokenMalformed, "")) { try encrypt(.compact, [recipient], shared: ["a": 1]) }
        #expect(throws: JOSEError(.tokenMalformed, "")) { try encrypt(.compact, [recipient], aad: [1]) }
        let own = JWERecipient(key: recipient.key, header: ["a": 1])
        #expect(throws: JOSEError(.tokenMalformed, "")) { try encrypt(.compact, [own]) }
        #expect(throws: JOSEError(.headerInvalid, "")) { try encrypt(.flattened, [own], shared: ["a": 1]) }
        for name in ["alg", "enc", "epk", "iv", "tag", "zip", "crit", "p2s", "p2c", "b64"] {
            #expect(throws: JOSEError(.headerInvalid, "")) { try encrypt(.flattened, [recipient], shared: [name: 1]) }
        }
        // Further data of no octets is none.
        #expect(try decrypt(encrypt(.flattened, [recipient], aad: [])).additionalData == nil)
    }

    @Test("is opened with a key that is found by a recipient's header alone")
    func keyFinder() async throws {
        let text = text(try token(as: .general))
        let opened = try await JWE.decrypt(text, as: .general, policy: policy) { header in
            header.unverifiedValue.keyID == "k" ? key : nil
        }
        #expect(opened.plaintext == octets("hi"))
        await #expect(throws: JOSEError(.keyNotFound, "")) {
            try await JWE.decrypt(text, as: .general, policy: policy, findKey: { _ in nil })
        }
    }
}

extension JSONObject {
    /// The same with one member set or, by nil, taken out.
    func with(_ name: String, _ value: JSONValue?) -> JSONObject {
        var copy = self
        copy[name] = value
        return copy
    }
}
