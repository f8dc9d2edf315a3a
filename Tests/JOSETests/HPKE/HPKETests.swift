import Testing

@testable import JOSE

@Suite("A token of HPKE")
struct HPKETests {
    @Test("opens in every serialization with everything that may be in it", arguments: HPKETokens.all)
    func roundTrip(algorithm: KeyManagementAlgorithm) throws {
        let jwk = try HPKETokens.jwk(algorithm)
        let (sender, key) = try (EncryptionKey(#require(jwk.publicJWK())), DecryptionKey(jwk))
        let content = HPKETokens.content(algorithm)
        for form in TokenSerialization.allCases {
            let aad = form == .compact ? nil : octets("more")
            let token = try JWE.encrypt(
                octets("hi"), as: form, recipients: [JWERecipient(key: sender)], contentEncryption: content,
                protected: ["typ": "x"], additionalData: aad)
            let opened = try JWE.decrypt(token, as: form, key: key, policy: HPKETokens.policy)
            #expect(opened.plaintext == octets("hi") && opened.additionalData == aad && opened.keyID == "k")
            #expect(opened.algorithm == algorithm && opened.contentEncryption == content)
            #expect((opened.header["enc"] == nil) == algorithm.isIntegrated)
            #expect((opened.header["ek"] == nil) == algorithm.isIntegrated)
        }
        let compact = try JWE.encrypt(octets("hi"), header: ["typ": "x"], key: sender, contentEncryption: content)
        #expect(try JWE.decrypt(compact, key: key).plaintext == octets("hi"))
        #expect(compact.split(separator: ".", omittingEmptySubsequences: false).count == 5)
        #expect(try JWE.encrypt([], key: sender, contentEncryption: content) != compact)
        let empty = try JWE.encrypt([], key: sender, contentEncryption: content)
        #expect(try JWE.decrypt(empty, key: key).plaintext == [])
    }

    @Test("encrypts anew each time", arguments: HPKETokens.all)
    func fresh(algorithm: KeyManagementAlgorithm) throws {
        let jwk = try HPKETokens.jwk(algorithm)
        let tokens = try (0..<4).map { _ in try HPKETokens.flattened(jwk) }
        #expect(Set(tokens.map { $0["encrypted_key"]?.text ?? "" }).count == 4)
        #expect(Set(tokens.map { $0["ciphertext"]?.text ?? "" }).count == 4)
        if !algorithm.isIntegrated { #expect(Set(tokens.map { $0["protected"]?.text ?? "" }).count == 4) }
    }

    @Test("is refused by a policy that does not list its algorithm", arguments: HPKETokens.all)
    func notListed(algorithm: KeyManagementAlgorithm) throws {
        let jwk = try HPKETokens.jwk(algorithm)
        let token = try HPKETokens.flattened(jwk)
        let standards = DecryptionPolicy(
            algorithms: Set(KeyManagementAlgorithm.forKeys), contentEncryption: ContentEncryptionAlgorithm.all)
        #expect(throws: JOSEError(.algorithmNotAllowed, "")) { try HPKETokens.open(token, jwk, policy: standards) }
    }

    @Test("is refused when it was changed anywhere", arguments: HPKETokens.all)
    func tampering(algorithm: KeyManagementAlgorithm) throws {
        let jwk = try HPKETokens.jwk(algorithm)
        let token = try HPKETokens.flattened(jwk, aad: octets("more"))
        #expect(throws: Never.self) { try HPKETokens.open(token, jwk) }
        for name in ["aad", "ciphertext", "encrypted_key"] {
            var changed = try Base64URL.decode(#require(token[name]?.stringValue))
            for index in [0, changed.count / 2, changed.count - 1] {
                changed[index] ^= 1
                let spoiled = token.with(name, .string(Base64URL.encode(changed)))
                #expect(throws: JOSEError(.decryptionFailed, ""), "\(name)") { try HPKETokens.open(spoiled, jwk) }
                changed[index] ^= 1
            }
        }
        #expect(throws: JOSEError(.decryptionFailed, "")) { try HPKETokens.open(token.with("aad", nil), jwk) }
        var header = try JSONObject(parsing: Base64URL.decode(#require(token["protected"]?.stringValue)))
        header["typ"] = "y"
        let renamed = token.with("protected", .string(Base64URL.encode(header.serialized())))
        #expect(throws: JOSEError(.decryptionFailed, "")) { try HPKETokens.open(renamed, jwk) }
        let stranger = try HPKETokens.jwk(algorithm)
        #expect(throws: JOSEError(.decryptionFailed, "")) { try HPKETokens.open(token, stranger) }
    }

    @Test("is refused with an encapsulated secret or a ciphertext of another length", arguments: HPKETokens.integrated)
    func lengths(algorithm: KeyManagementAlgorithm) throws {
        let jwk = try HPKETokens.jwk(algorithm)
        let token = try HPKETokens.flattened(jwk)
        let encapsulated = try Base64URL.decode(#require(token["encrypted_key"]?.stringValue))
        for wrong in [[0], [UInt8](encapsulated.dropLast()), encapsulated + [0], [UInt8](repeating: 4, count: 65)] {
            let spoiled = token.with("encrypted_key", .string(Base64URL.encode(wrong)))
            #expect(throws: JOSEError(.decryptionFailed, "")) { try HPKETokens.open(spoiled, jwk) }
        }
        #expect(throws: JOSEError(.decryptionFailed, "")) { try HPKETokens.open(token.with("encrypted_key", nil), jwk) }
        for count in [0, 1, 15, 16] {
            let short = token.with("ciphertext", .string(Base64URL.encode([UInt8](repeating: 7, count: count))))
            #expect(throws: JOSEError(.decryptionFailed, "")) { try HPKETokens.open(short, jwk) }
        }
    }

    @Test("may be compressed where that is asked for")
    func compression() throws {
        let jwk = try HPKETokens.jwk(.hpke3)
        let token = try JWE.encrypt(
            octets("hi"), as: .flattened, recipients: [JWERecipient(key: EncryptionKey(jwk))], contentEncryption: nil,
            compression: .deflateRevealingContentByLength)
        let object = try JSONObject(parsing: octets(token))
        #expect(throws: JOSEError(.compressionNotAllowed, "")) { try HPKETokens.open(object, jwk) }
        var policy = HPKETokens.policy
        policy.dangerouslyAcceptsCompression = true
        #expect(try HPKETokens.open(object, jwk, policy: policy).plaintext == octets("hi"))
    }

    @Test("that encrypts the content itself is none of Signet's nested tokens")
    func nested() throws {
        let signing = try JWK.generate(algorithm: "ES256", kid: "s")
        let jwk = try HPKETokens.jwk(.hpke3)
        #expect(throws: JOSEError(.contentEncryptionNotAllowed, "")) {
            try NestedToken.seal(
                claims: octets("{}"), type: "at+jwt", signingKey: SigningKey(signing), encryptionKey: EncryptionKey(jwk)
            )
        }
        let inner = try JWS.sign(payload: octets("{}"), header: ["typ": "at+jwt"], key: SigningKey(signing))
        let token = try JWE.encrypt(
            octets(inner), header: ["cty": "JWT"], key: EncryptionKey(jwk), contentEncryption: nil)
        let directory = try KeyDirectory([DecryptionKey(jwk)])
        let error = #expect(throws: JOSEError.self) {
            try NestedToken.open(
                token, decryptionKeys: directory, verificationKeys: KeyDirectory([VerificationKey(signing)]),
                contentEncryption: ContentEncryptionAlgorithm.all)
        }
        #expect(error?.code == .contentEncryptionNotAllowed)
    }
}
