import JOSE
import Testing

@testable import signet

@Suite("Choosing a key")
struct KeyChoiceTests {
    private func key(_ algorithm: String, kid: String? = nil) throws -> JWK {
        var object = try JWK.generate(algorithm: algorithm, kid: kid ?? "x").object(includingPrivate: true)
        if kid == nil { object["kid"] = nil }
        return try JWK(object)
    }

    private func choose(_ keys: [JWK], kid: String?) throws -> SigningKey {
        try KeyChoice.choose(from: keys, kid: kid, job: "signing") { try KeyBinding.signing($0, named: "ES256") }
    }

    private func code(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return CommandFailure(describing: error).code
        }
    }

    @Test("Several fitting keys and no kid are ambiguous")
    func ambiguous() throws {
        let keys = [try key("ES256", kid: "a"), try key("ES256", kid: "b")]
        #expect(code { _ = try choose(keys, kid: nil) } == "key-ambiguous")
    }

    @Test("The kid decides")
    func kidDecides() throws {
        let keys = [try key("ES256", kid: "a"), try key("ES256", kid: "b")]
        #expect(try choose(keys, kid: "b").kid == "b")
    }

    @Test("A kid that no key has is not found, and no other named key is taken")
    func unknownKid() throws {
        #expect(code { _ = try choose([try key("ES256", kid: "a")], kid: "b") } == "key-not-found")
    }

    @Test("The single fitting key is found among others")
    func singleFit() throws {
        let keys = [try key("HS256", kid: "a"), try key("ES256", kid: "b"), try key("ES384", kid: "c")]
        #expect(try choose(keys, kid: nil).kid == "b")
    }

    @Test("A key without a name can be meant by any name")
    func unnamedKey() throws {
        #expect(try choose([try key("ES256")], kid: "whatever").kid == nil)
    }

    @Test("The precise reason is told when only one key is in question")
    func preciseReason() throws {
        #expect(code { _ = try choose([try key("ES384", kid: "a")], kid: "a") } == "key-mismatch")
        #expect(code { _ = try choose([], kid: nil) } == "key-not-found")
    }

    @Test("Both halves of one pair are one key, and the private one is used")
    func halvesAreOneKey() throws {
        let pair = try key("ES256", kid: "a")
        let half = try #require(pair.publicJWK())
        #expect(try choose([half, pair], kid: nil).kid == "a")
        #expect(try choose([pair, half], kid: nil).kid == "a")
    }

    @Test("dir is accepted only from a key that says so, or when the caller does")
    func dirIsSaid() throws {
        var object = try JWK.generate(algorithm: "A256GCM").object(includingPrivate: true)
        let named = try JWK(object)
        object["alg"] = nil
        let bare = try JWK(object)
        func bind(_ jwk: JWK, _ allowed: Set<KeyManagementAlgorithm>?) -> String? {
            code {
                _ = try KeyBinding.decryption(
                    jwk, algorithm: .dir, allowed: allowed, contentEncryption: ContentEncryptionAlgorithm.all)
            }
        }
        #expect(bind(named, nil) == nil)
        #expect(bind(bare, nil) == "alg-not-allowed")
        #expect(bind(bare, [.dir]) == nil)
        #expect(bind(named, [.a256KW]) == "alg-not-allowed")
    }

    @Test("PBES2 is accepted only from a key that says so, or when the caller does")
    func passwordIsSaid() throws {
        let bare = try JWK(["kty": "oct", "k": "c2VjcmV0IHNlY3JldA"])
        let named = try JWK(["kty": "oct", "k": "c2VjcmV0IHNlY3JldA", "alg": "PBES2-HS512+A256KW"])
        func bind(_ jwk: JWK, _ allowed: Set<KeyManagementAlgorithm>?) -> String? {
            code {
                _ = try KeyBinding.decryption(
                    jwk, algorithm: .pbes2HS512A256KW, allowed: allowed,
                    contentEncryption: ContentEncryptionAlgorithm.all)
            }
        }
        #expect(bind(named, nil) == nil)
        #expect(bind(bare, nil) == "alg-not-allowed")
        #expect(bind(bare, [.pbes2HS512A256KW]) == nil)
        #expect(bind(named, [.pbes2HS256A128KW]) == "alg-not-allowed")
        let key = try JWK.generate(algorithm: "A256KW")
        #expect(bind(key, nil) == "alg-not-allowed")
        #expect(bind(key, [.pbes2HS512A256KW]) == "key-mismatch")
    }

    @Test("EdDSA in a list stands for both of its algorithms")
    func polymorphicName() throws {
        func algorithms(_ text: String) throws -> Set<SignatureAlgorithm>? {
            try AlgorithmList<SignatureAlgorithm>(argument: text)?.algorithms(for: "signatures")
        }
        #expect(try algorithms("EdDSA") == [.ed25519, .ed448])
        #expect(try algorithms("Ed448,ES256") == [.ed448, .es256])
        for malformed in ["EdDSA,", "", ",", "ES256 ", "\u{7}"] { #expect(try algorithms(malformed) == nil) }
        for refused in ["eddsa", "none", "ES256,none", "RSA1_5", "A256KW"] {
            #expect(code { _ = try algorithms(refused) } == "alg-not-allowed", "\(refused)")
        }
    }

    @Test("Text of strangers is shown without control characters")
    func quoting() {
        #expect(KeyChoice.quoted("a\u{1b}[31m\nb") == "\"a?[31m?b\"")
        #expect(KeyChoice.quoted(String(repeating: "a", count: 100)).count == 83)
    }
}
