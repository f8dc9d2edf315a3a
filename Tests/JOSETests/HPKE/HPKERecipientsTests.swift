import Testing

@testable import JOSE

@Suite("Several recipients and HPKE")
struct HPKERecipientsTests {
    private func encrypt(
        _ algorithms: [KeyManagementAlgorithm], _ content: ContentEncryptionAlgorithm? = .a256GCM
    ) throws -> (token: JSONObject, keys: [JWK]) {
        let keys = try algorithms.enumerated().map {
            try JWK.generate(algorithm: $1.rawValue, kid: "\($0)")
        }
        let token = try JWE.encrypt(
            octets("hi"), as: .general, recipients: keys.map { JWERecipient(key: try EncryptionKey($0)) },
            contentEncryption: content)
        return (try JSONObject(parsing: octets(token)), keys)
    }

    @Test("each open a token whose content key is encrypted to them")
    func together() throws {
        let (token, keys) = try encrypt([.hpke0KE, .hpke4KE, .ecdhESA256KW, .rsaOAEP256, .a256KW])
        for key in keys { #expect(try HPKETokens.open(token, key, as: .general).plaintext == octets("hi")) }
        let (hybrid, more) = try encrypt([.hpke9KE, .a256KW, .hpke9KE])
        for key in more { #expect(try HPKETokens.open(hybrid, key, as: .general).plaintext == octets("hi")) }
    }

    @Test("are refused for integrated encryption", arguments: HPKETokens.integrated)
    func integrated(algorithm: KeyManagementAlgorithm) throws {
        for algorithms in [[algorithm, algorithm], [algorithm, .a256KW], [.a256KW, algorithm]] {
            #expect(throws: JOSEError(.headerInvalid, "")) { try encrypt(algorithms) }
            #expect(throws: JOSEError.self) { try encrypt(algorithms, nil) }
        }
        let jwk = try HPKETokens.jwk(algorithm)
        let one = try HPKETokens.flattened(jwk)
        let recipient: JSONValue = ["encrypted_key": one["encrypted_key"] ?? nil]
        let general = one.with("encrypted_key", nil).with("recipients", [recipient])
        #expect(try HPKETokens.open(general, jwk, as: .general).plaintext == octets("hi"))
        let twice = general.with("recipients", [recipient, recipient])
        #expect(throws: JOSEError(.headerInvalid, "")) { try HPKETokens.open(twice, jwk, as: .general) }
    }

    @Test("are refused when one of them would give the hybrid's content key to a quantum computer")
    func quantum() throws {
        for weaker in [KeyManagementAlgorithm.hpke3KE, .ecdhESA256KW, .rsaOAEP256] {
            #expect(throws: JOSEError(.headerInvalid, ""), "\(weaker)") { try encrypt([.hpke9KE, weaker]) }
        }
        let (token, keys) = try encrypt([.hpke9KE, .a256KW])
        let second = try encrypt([.hpke3KE, .a256KW]).token
        let recipients = try [token, second].map { try #require($0["recipients"]?.arrayValue?.first) }
        #expect(throws: JOSEError(.headerInvalid, "")) {
            try HPKETokens.open(token.with("recipients", .array(recipients)), keys[0], as: .general)
        }
    }
}
