import Testing

@testable import JOSE

@Suite("The header of a token of HPKE")
struct HPKEHeaderTests {
    private func refuse(_ token: String, _ jwk: JWK, _ code: JOSEError.Code, _ name: String) throws {
        let key = try DecryptionKey(jwk)
        #expect(throws: JOSEError(code, ""), "\(name)") { try JWE.decrypt(token, key: key) }
        #expect(throws: JOSEError(code, ""), "\(name), by a policy") {
            try JWE.decrypt(token, key: key, policy: HPKETokens.policy)
        }
    }

    @Test("of integrated encryption has neither enc, ek nor psk_id", arguments: HPKETokens.integrated)
    func integrated(algorithm: KeyManagementAlgorithm) throws {
        let jwk = try HPKETokens.jwk(algorithm)
        let header: JSONObject = ["alg": .string(algorithm.rawValue)]
        let good = try HPKETokens.compact(jwk, header: header)
        #expect(try JWE.decrypt(good, key: DecryptionKey(jwk)).plaintext == octets("hi"))
        for (name, value) in [("enc", "A256GCM"), ("enc", "int"), ("ek", "AA"), ("psk_id", "AA")] {
            let token = try HPKETokens.compact(jwk, header: header.with(name, .string(value)))
            try refuse(token, jwk, .headerInvalid, name)
        }
        for (nonce, tag) in [("AA", ""), ("", "AA"), ("AAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAA")] {
            let token = try HPKETokens.compact(jwk, header: header, nonce: nonce, tag: tag)
            try refuse(token, jwk, .tokenMalformed, "iv and tag")
        }
    }

    @Test("of integrated encryption in JSON goes with neither iv nor tag, and holds alg protected")
    func integratedJSON() throws {
        let jwk = try HPKETokens.jwk(.hpke3)
        let token = try HPKETokens.flattened(jwk)
        #expect(token["iv"] == nil && token["tag"] == nil)
        for name in ["iv", "tag"] {
            for value in ["", "AAAAAAAAAAAAAAAA"] {
                #expect(throws: JOSEError(.tokenMalformed, "")) {
                    try HPKETokens.open(token.with(name, .string(value)), jwk)
                }
            }
        }
        var policy = HPKETokens.policy
        policy.trustsUnprotectedAlgorithm = true
        for place in ["unprotected", "header"] {
            let moved = token.with("protected", nil).with(place, ["alg": "HPKE-3"])
            #expect(throws: JOSEError(.headerUnprotected, ""), "\(place)") {
                try HPKETokens.open(moved, jwk, policy: policy)
            }
            let added = token.with(place, ["enc": "A128GCM"])
            #expect(throws: JOSEError(.headerInvalid, ""), "\(place)") {
                try HPKETokens.open(added, jwk, policy: policy)
            }
            for name in ["ek", "psk_id"] {
                let added = token.with(place, .object(JSONObject().with(name, "AA")))
                #expect(throws: JOSEError(.headerInvalid, ""), "\(place)") { try HPKETokens.open(added, jwk) }
            }
        }
    }

    @Test("of key encryption has an ek of the suite's own length, and no psk_id", arguments: HPKETokens.keyEncryption)
    func keyEncryption(algorithm: KeyManagementAlgorithm) throws {
        let jwk = try HPKETokens.jwk(algorithm)
        let good = try HPKETokens.compactKE(jwk) { _ in }
        #expect(try JWE.decrypt(good, key: DecryptionKey(jwk)).plaintext == octets("hi"))
        let size = try #require(algorithm.hpkeSuite).encapsulatedBytes
        let text = { (count: Int) in JSONValue.string(Base64URL.encode([UInt8](repeating: 4, count: count))) }
        let wrong: [JSONValue?] = [nil, "", 1, ["x"], "A", "AA==", text(size - 1), text(size + 1), text(33)]
        for value in wrong {
            let token = try HPKETokens.compactKE(jwk) { $0["ek"] = value }
            try refuse(token, jwk, .headerInvalid, "ek \(String(describing: value).prefix(20))")
        }
        try refuse(HPKETokens.compactKE(jwk) { $0["psk_id"] = "AA" }, jwk, .headerInvalid, "psk_id")
        try refuse(HPKETokens.compactKE(jwk) { $0["ek"] = text(size) }, jwk, .decryptionFailed, "no ek of this key")
        try refuse(HPKETokens.compactKE(jwk) { $0["enc"] = nil }, jwk, .headerInvalid, "no enc")
        let flattened = try HPKETokens.flattened(jwk)
        for name in ["iv", "tag"] {
            #expect(throws: JOSEError(.tokenMalformed, "")) { try HPKETokens.open(flattened.with(name, nil), jwk) }
        }
    }

    @Test("of key encryption ties the content key to its enc")
    func recipientStructure() throws {
        let jwk = try HPKETokens.jwk(.hpke3KE)
        let (sender, key) = try (EncryptionKey(jwk), DecryptionKey(jwk))
        let made = try sender.newContentKey(for: .a256GCM)
        let ek = try #require(made.members.first?.value.stringValue)
        var parameters = KeyManagementParameters()
        parameters.encapsulatedSecret = try Base64URL.decode(ek)
        #expect(try key.contentKey(parameters, encryptedKey: made.encryptedKey, for: .a256GCM) != nil)
        // A content key of as many octets.
        #expect(try key.contentKey(parameters, encryptedKey: made.encryptedKey, for: .a128CBCHS256) == nil)
    }

    @Test("can't be given by the caller where HPKE decides it")
    func given() throws {
        let key = try EncryptionKey(HPKETokens.jwk(.hpke3KE))
        for name in ["ek", "psk_id", "enc", "alg"] {
            #expect(throws: JOSEError(.headerInvalid, "")) {
                try JWE.encrypt([], header: JSONObject().with(name, "AA"), key: key, contentEncryption: .a256GCM)
            }
        }
    }
}
