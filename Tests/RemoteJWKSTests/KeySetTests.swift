import JOSE
import Testing

@testable import RemoteJWKS

@Suite("Reading a published set")
struct KeySetTests {
    @Test(
        "What is no set is refused",
        arguments: [
            "", "x", "[]", "{}", #"{"keys":{}}"#, #"{"keys":[1]}"#, #"{"keys":[{}],"keys":[]}"#, #"{"keys":[]} x"#,
            #"{"keys":[{"kty":"EC","kty":"EC"}]}"#, "<html></html>",
        ])
    func notSets(text: String) {
        let error = #expect(throws: RemoteJWKSError.self) { try read(Array(text.utf8)) }
        #expect(error?.code == .setInvalid)
    }

    @Test("Too many keys are refused, those that would be passed over included")
    func tooManyKeys() throws {
        let objects = Array(repeating: ["kty": "new"] as JSONObject, count: 101)
        #expect(throws: RemoteJWKSError.self) { try read(Keys.set(objects)) }
        #expect(try read(Keys.set(Array(objects.dropFirst()))).passedOver.count == 100)
    }

    @Test("Keys for something else, unknown, weak, secret or not allowed are passed over, and the others are used")
    func othersArePassedOver() throws {
        let good = try Keys.make("good")
        let others: [JSONObject] = [
            Keys.object(try Keys.make("enc"), ["use": "enc"]),
            Keys.object(try Keys.make("ops"), ["key_ops": ["sign"]]),
            Keys.object(try JWK.generate(algorithm: "ECDH-ES", kid: "agreement")),
            Keys.object(try JWK.generate(algorithm: "ECDH-ES", kid: "bare-agreement"), ["alg": nil, "use": nil]),
            Keys.object(try Keys.make("private"), private: true),
            Keys.object(try Keys.make("mac", "HS256"), private: true),
            Keys.object(try Keys.make("alg"), ["alg": "ES999"]),
            Keys.object(try Keys.make("mismatch"), ["alg": "ES384"]),
            Keys.object(try Keys.make("none"), ["alg": "none"]),
            Keys.object(try Keys.make("number"), ["kid": 7]),
            ["kty": "AKP-of-tomorrow", "kid": "new", "use": "sig"],
            ["kty": "EC", "crv": "P-999", "kid": "curve", "x": "AA", "y": "AA"],
            ["kty": "EC", "crv": "P-256", "kid": "broken", "x": "AA", "y": "AA"],
            ["kty": "OKP", "crv": "X448", "use": "enc", "kid": "x448", "x": "AA"],
            ["kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "RS256", "kid": "weak"],
        ]
        let set = try read(Keys.set(others + [Keys.object(good)]))
        #expect(set.count == 1)
        #expect(set.passedOver.count == others.count)
        #expect(try set.find("good")?.get().algorithm == .es256)
        for kid in ["enc", "ops", "agreement", "private", "mac", "alg", "mismatch", "none", "new", "broken", "weak"] {
            #expect(!has(set, kid))
        }
    }

    @Test("Of keys with the same name none is used, and the others are")
    func ambiguousNames() throws {
        let set = try read(Keys.set(try Keys.make("a"), try Keys.make("a"), try Keys.make("b")))
        #expect(throws: RemoteJWKSError(.keyAmbiguous, "several keys of the set have that name")) {
            try #require(set.find("a")).get()
        }
        #expect(try set.find("b")?.get() != nil)
        #expect(set.count == 1)
    }

    @Test("A key for encryption with the name of a signature key makes it not ambiguous")
    func sameNameForAnotherUse() throws {
        let set = try read(
            Keys.set([Keys.object(try Keys.make("a")), Keys.object(try Keys.make("a"), ["use": "enc", "alg": nil])]))
        #expect(try set.find("a")?.get() != nil)
    }

    @Test("A key without alg is bound to the one allowed algorithm that fits, and to none when several do")
    func bareKeys() throws {
        let rsa = Keys.object(try Keys.make("rsa", "RS256"), ["alg": nil])
        let ec = Keys.object(try Keys.make("ec", "ES384"), ["alg": nil])
        let set = try read(Keys.set([rsa, ec]))
        #expect(!has(set, "rsa"))
        #expect(try set.find("ec")?.get().algorithm == .es384)
        let only = try read(Keys.set([rsa, ec]), [.ps256, .ps256])
        #expect(try only.find("rsa")?.get().algorithm == .ps256)
        #expect(!has(only, "ec"))
    }

    @Test("An algorithm that is not in the list is not used, even when the key names it")
    func listIsLaw() throws {
        let set = try read(Keys.set(try Keys.make("a")), [.rs256])
        #expect(!has(set, "a"))
        #expect(set.passedOver == [JOSEError(.algorithmNotAllowed, "")])
    }

    @Test("A key without a name is found without a name, if it is the only one")
    func unnamedKey() throws {
        let nameless = try Keys.make(nil)
        #expect(try read(Keys.set(nameless)).find(nil)?.get() != nil)
        #expect(!has(try read(Keys.set(nameless)), ""))
        #expect(!has(try read(Keys.set(nameless, try Keys.make("b"))), nil))
        #expect(!has(try read(Keys.set(try Keys.make("b"))), nil))
    }

    @Test("Names that only look the same are different")
    func namesAreOctets() throws {
        let set = try read(Keys.set(try Keys.make("caf\u{e9}"), try Keys.make("cafe\u{301}")))
        #expect(set.count == 2)
        #expect(!has(set, "cafe"))
    }

    private func has(_ set: KeySet, _ kid: String?) -> Bool { set.find(kid).map { _ in true } ?? false }

    private func read(
        _ text: [UInt8], _ algorithms: [SignatureAlgorithm] = RemoteJWKS.Configuration().algorithms
    ) throws -> KeySet {
        try KeySet(parsing: text, algorithms: algorithms, maximumKeys: 100)
    }
}
