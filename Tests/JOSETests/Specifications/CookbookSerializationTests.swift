import Crypto
import Testing

@testable import JOSE

@Suite("The JOSE cookbook in every serialization")
struct CookbookSerializationTests {
    static let signatures = [
        "jws/4_1.rsa_v15_signature", "jws/4_2.rsa-pss_signature", "jws/4_3.ecdsa_signature",
        "jws/4_4.hmac-sha2_integrity_protection", "jws/4_5.signature_with_detached_content",
        "jws/4_6.protecting_specific_header_fields", "jws/4_7.protecting_content_only", "curve25519/jws",
        "rfc7797/hmac-sha2_b64_false",
    ]
    static let encryptions = [
        "jwe/5_2.key_encryption_using_rsa-oaep_with_aes-gcm",
        "jwe/5_4.key_agreement_with_key_wrapping_using_ecdh-es_and_aes-keywrap_with_aes-gcm",
        "jwe/5_5.key_agreement_using_ecdh-es_with_aes-cbc-hmac-sha2", "jwe/5_6.direct_encryption_using_aes-gcm",
        "jwe/5_7.key_wrap_using_aes-gcm_keywrap_with_aes-cbc-hmac-sha2",
        "jwe/5_8.key_wrap_using_aes-keywrap_with_aes-gcm", "jwe/5_9.compressed_content",
        "jwe/5_10.including_additional_authentication_data", "jwe/5_11.protecting_specific_header_fields",
        "jwe/5_12.protecting_content_only", "curve25519/ecdh-es",
    ]

    /// The forms that an example gives, as texts.
    private func forms(_ example: JSONValue) throws -> [(TokenSerialization, String)] {
        let output = try #require(example["output"]?.objectValue)
        let names: [(String, TokenSerialization)] = [
            ("compact", .compact), ("json_flat", .flattened), ("json", .general),
        ]
        let forms: [(TokenSerialization, String)] = names.compactMap { name, form in
            guard let token = output[name] else { return nil }
            return (form, token.stringValue ?? token.serializedString())
        }
        #expect(!forms.isEmpty)
        return forms
    }

    private func isUnprotected(_ example: JSONValue, _ part: String, _ names: [String]) -> Bool {
        names.contains { example[part]?["unprotected"]?[$0] != nil }
    }

    @Test("has signatures that verify", arguments: signatures)
    func signature(path: String) throws {
        let example = try Vectors.load("cookbook/\(path).json")
        let input = try #require(example["input"])
        let algorithm = try #require(SignatureAlgorithm(name: input["alg"]?.text ?? ""))
        let key = try VerificationKey(JWK(#require(input["key"]?.objectValue)), algorithm: algorithm)
        let payload = octets(try #require(input["payload"]).text)
        let detached = path.contains("4_5") ? payload : nil
        var policy = SignaturePolicy(algorithms: [algorithm])
        if isUnprotected(example, "signing", ["alg"]) {
            for (form, token) in try forms(example) {
                #expect(throws: JOSEError(.headerUnprotected, "")) {
                    try JWS.verify(token, as: form, key: key, policy: policy)
                }
            }
            policy.trustsUnprotectedAlgorithm = true
        }
        for (form, token) in try forms(example) {
            let verified = try JWS.verify(token, as: form, detachedPayload: detached, key: key, policy: policy)
            #expect(verified.payload == payload, "\(form)")
        }
    }

    @Test(
        "has signatures that are made again octet by octet",
        arguments: [
            "jws/4_1.rsa_v15_signature", "jws/4_4.hmac-sha2_integrity_protection",
            "jws/4_5.signature_with_detached_content", "jws/4_6.protecting_specific_header_fields",
            "rfc7797/hmac-sha2_b64_false",
        ])
    func reproduction(path: String) throws {
        let example = try Vectors.load("cookbook/\(path).json")
        let input = try #require(example["input"])
        let algorithm = try #require(SignatureAlgorithm(name: input["alg"]?.text ?? ""))
        let key = try SigningKey(JWK(#require(input["key"]?.objectValue)), algorithm: algorithm)
        let unprotected = example["signing"]?["unprotected"]?.objectValue ?? [:]
        for (form, token) in try forms(example) {
            let signer = JWSSigner(key: key, unprotected: unprotected)
            let made = try JWS.sign(
                payload: octets(input["payload"]?.text ?? ""), as: form, signers: [signer],
                isDetached: path.contains("4_5"), isEncoded: !path.contains("b64_false"))
            if form == .compact {
                #expect(made == token)
            } else {
                #expect(try JSONValue(parsing: made) == JSONValue(parsing: token), "\(form)")
            }
        }
    }

    @Test("has a message of three signatures, of which each holds, and all together")
    func multipleSignatures() throws {
        let example = try Vectors.load("cookbook/jws/4_8.multiple_signatures.json")
        let jwks = try #require(example["input"]?["key"]?.arrayValue).map { try JWK(#require($0.objectValue)) }
        let algorithms: [SignatureAlgorithm] = [.rs256, .es512, .hs256]
        let token = try #require(example["output"]?["json"]).serializedString()
        let payload = octets(example["input"]?["payload"]?.text ?? "")
        var policy = SignaturePolicy(algorithms: Set(algorithms))
        let keys = try zip(jwks, algorithms).map { try VerificationKey($0, algorithm: $1) }
        for index in [0, 2] {
            let verified = try JWS.verify(token, as: .general, key: keys[index], policy: policy)
            #expect(verified.payload == payload && verified.algorithm == algorithms[index] && verified.others.isEmpty)
        }
        // The second one's alg is unprotected.
        #expect(throws: JOSEError.self) { try JWS.verify(token, as: .general, key: keys[1], policy: policy) }
        policy.trustsUnprotectedAlgorithm = true
        #expect(try JWS.verify(token, as: .general, key: keys[1], policy: policy).algorithm == .es512)
        let all = try JWS.verify(token, as: .general, policy: policy, requiring: .every) { header in
            keys[algorithms.firstIndex { $0.rawValue == header.algorithm } ?? 0]
        }
        #expect(all.payload == payload && all.others.map(\.index) == [1, 2])
        #expect(throws: JOSEError.self) {
            try JWS.verify(token, as: .general, key: keys[0], policy: policy, requiring: .every)
        }
    }

    @Test("has a message of b64 without crit, which is refused: its readers would not agree on what was signed")
    func b64WithoutCrit() throws {
        let example = try Vectors.load("cookbook/rfc7797/4.2.hmac-sha2_b64_false.json")
        let key = try VerificationKey(JWK(#require(example["input"]?["key"]?.objectValue)), algorithm: .hs256)
        for (form, token) in try forms(example) {
            #expect(throws: JOSEError(.headerInvalid, "")) {
                try JWS.verify(token, as: form, key: key, policy: SignaturePolicy(algorithms: [.hs256]))
            }
        }
    }

    @Test("has tokens that decrypt", arguments: encryptions)
    func encryption(path: String) throws {
        let example = try Vectors.load("cookbook/\(path).json")
        let input = try #require(example["input"])
        let algorithm = try #require(KeyManagementAlgorithm(rawValue: input["alg"]?.text ?? ""))
        let content = try #require(ContentEncryptionAlgorithm(rawValue: input["enc"]?.text ?? ""))
        let key = try DecryptionKey(JWK(#require(input["key"]?.objectValue)), algorithm: algorithm)
        var policy = DecryptionPolicy(algorithms: [algorithm], contentEncryption: [content])
        let refusal: JOSEError.Code? =
            isUnprotected(example, "encrypting_content", ["alg", "enc"])
            ? .headerUnprotected : input["zip"] == nil ? nil : .compressionNotAllowed
        for (form, token) in try forms(example) {
            if let refusal {
                #expect(throws: JOSEError(refusal, "")) { try JWE.decrypt(token, as: form, key: key, policy: policy) }
            }
        }
        policy.trustsUnprotectedAlgorithm = true
        policy.dangerouslyAcceptsCompression = true
        for (form, token) in try forms(example) {
            let opened = try JWE.decrypt(token, as: form, key: key, policy: policy)
            #expect(String(decoding: opened.plaintext, as: UTF8.self) == input["plaintext"]?.text, "\(form)")
            #expect(opened.additionalData == (input["aad"]?.text).map(octets))
        }
    }

    @Test(
        "has tokens that are made again octet by octet",
        arguments: [
            "5_6.direct_encryption_using_aes-gcm", "5_8.key_wrap_using_aes-keywrap_with_aes-gcm",
            "5_9.compressed_content", "5_10.including_additional_authentication_data",
            "5_11.protecting_specific_header_fields", "5_12.protecting_content_only",
        ])
    func reproducedEncryption(name: String) throws {
        let example = try Vectors.load("cookbook/jwe/\(name).json")
        let (input, made) = (try #require(example["input"]), try #require(example["generated"]))
        let algorithm = try #require(KeyManagementAlgorithm(rawValue: input["alg"]?.text ?? ""))
        let content = try #require(ContentEncryptionAlgorithm(rawValue: input["enc"]?.text ?? ""))
        let key = try EncryptionKey(JWK(#require(input["key"]?.objectValue)), algorithm: algorithm)
        let given = try (made["cek"]?.text).map { SymmetricKey(data: try Base64URL.decode($0)) }
        let wrapped = try key.newContentKey(for: content, wrapping: given)
        let parts = try #require(example["encrypting_content"])
        var draft = JWEDraft(
            protected: parts["protected"]?.objectValue ?? [:], shared: parts["unprotected"]?.objectValue ?? [:])
        draft.additionalData = (input["aad"]?.text).map(octets)
        draft.add(header: [:], encryptedKey: wrapped.encryptedKey)
        let nonce = try Base64URL.decode(try #require(made["iv"]).text)
        let compressed = try (made["plaintext_c"]?.text).map { try Base64URL.decode($0) }
        for (form, token) in try forms(example) {
            // Where there is no encrypted key the examples leave recipients out, which we read and never write.
            let isBare = try form == .general && JSONValue(parsing: token)["recipients"] == nil
            let text = try draft.seal(
                compressed ?? octets(input["plaintext"]?.text ?? ""), wrapped.key, content, nonce: nonce,
                isBare ? .flattened : form)
            if form == .compact {
                #expect(text == token)
            } else {
                #expect(try JSONValue(parsing: text) == JSONValue(parsing: token), "\(form)")
            }
        }
    }

    @Test("has a message for three recipients, which each opens but the one of RSA1_5")
    func multipleRecipients() throws {
        let example = try Vectors.load("cookbook/jwe/5_13.encrypting_to_multiple_recipients.json")
        let jwks = try #require(example["input"]?["key"]?.arrayValue).map { try JWK(#require($0.objectValue)) }
        let token = try #require(example["output"]?["json"]).serializedString()
        let algorithms: [KeyManagementAlgorithm] = [.rsaOAEP, .ecdhESA256KW, .a256GCMKW]
        let policy = DecryptionPolicy(algorithms: Set(algorithms), contentEncryption: [.a128CBCHS256])
        for index in [1, 2] {
            let key = try DecryptionKey(jwks[index], algorithm: algorithms[index])
            let opened = try JWE.decrypt(token, as: .general, key: key, policy: policy)
            #expect(String(decoding: opened.plaintext, as: UTF8.self) == example["input"]?["plaintext"]?.text)
            #expect(opened.unprotectedHeader["cty"] == "text/plain" && opened.keyID == jwks[index].kid)
            let keys = try KeyDirectory([key])
            #expect(try JWE.decrypt(token, as: .general, keys: keys, policy: policy).plaintext == opened.plaintext)
        }
        let rsa = try DecryptionKey(jwks[0], algorithm: .rsaOAEP)
        #expect(throws: JOSEError(.algorithmNotAllowed, "")) {
            try JWE.decrypt(token, as: .general, key: rsa, policy: policy)
        }
    }
}
