import JOSE
import Testing

@Suite("signet jws and jwe in every serialization")
struct SerializationCommandTests {
    let payload = Array("Frodo. Sam.\n".utf8)

    @Test(
        "A signed message comes back from the form that was asked for, and from no other",
        arguments: TokenSerialization.allCases)
    func signed(form: TokenSerialization) throws {
        let desk = try Desk()
        let key = try desk.key("ES256", "a")
        let token = try Program.run(["jws", "sign", "--key", key, "--serialization", form.rawValue], input: payload)
        #expect(token.status == 0, "\(token.errors)")
        let arguments = ["jws", "verify", "--key", key, "--alg", "ES256"]
        for other in TokenSerialization.allCases {
            let result = try Program.run(arguments + ["--serialization", other.rawValue], input: token.output)
            #expect(result.status == (other == form ? 0 : 1), "\(result.errors)")
            #expect(result.output == (other == form ? payload : []))
            #expect(other == form || result.errors.hasPrefix("refused: "))
        }
        // Which form it is shows by itself.
        let plain = try Program.run(arguments, input: token.output)
        #expect(plain.status == 0 && plain.output == payload, "\(plain.errors)")
    }

    @Test("An encrypted message comes back from the form that was asked for", arguments: TokenSerialization.allCases)
    func sealed(form: TokenSerialization) throws {
        let desk = try Desk()
        let key = try desk.key("ECDH-ES+A256KW", "a")
        let token = try Program.run(
            [
                "jwe", "encrypt", "--key", key, "--alg", "ECDH-ES+A256KW", "--enc", "A256GCM", "--serialization",
                form.rawValue, "--header", #"{"typ":"x"}"#,
            ],
            input: payload)
        #expect(token.status == 0, "\(token.errors)")
        for other in TokenSerialization.allCases {
            let result = try Program.run(
                ["jwe", "decrypt", "--key", key, "--serialization", other.rawValue], input: token.output)
            #expect(result.status == (other == form ? 0 : 1), "\(result.errors)")
            #expect(result.output == (other == form ? payload : []))
        }
        let plain = try Program.run(["jwe", "decrypt", "--key", key], input: token.output)
        #expect(plain.status == 0 && plain.output == payload, "\(plain.errors)")
    }

    @Test("What a name of an algorithm may come from is refused like a token, by its code")
    func refusedNames() throws {
        let desk = try Desk()
        let key = try desk.key("HS256", "a")
        let token = try Program.run(["jws", "sign", "--key", key], input: payload).output
        for name in ["none", "RSA1_5", "ES521", "A256KW", "ML-DSA-44", "HS256,none"] {
            let result = try Program.run(["jws", "verify", "--key", key, "--alg", name], input: token)
            #expect(result.status == 1 && result.output.isEmpty, "\(name): \(result.errors)")
            #expect(result.errors.hasPrefix("refused: alg-not-allowed: "), "\(result.errors)")
        }
    }

    @Test("A set with shared secrets beside key pairs needs a name, and EdDSA keeps its name")
    func namesMatter() throws {
        let desk = try Desk()
        let secret = try JWK.generate(algorithm: "HS256", kid: "h").object(includingPrivate: true)
        let pair = try JWK.generate(algorithm: "ES256", kid: "e").object(includingPrivate: true)
        let mixed = try Scratch().file(
            "mixed.jwks", JSONValue.object(["keys": [.object(secret), .object(pair)]]).serializedString())
        let token = try Program.run(["jws", "sign", "--key", mixed, "--kid", "h"], input: payload).output
        let verify = ["jws", "verify", "--key", mixed, "--alg", "HS256"]
        let refused = try Program.run(verify, input: token)
        #expect(refused.status == 1 && refused.errors.hasPrefix("refused: key-ambiguous: "), "\(refused.errors)")
        #expect(try Program.run(verify + ["--kid", "h"], input: token).output == payload)
        for algorithm in ["Ed25519", "Ed448"] {
            let key = try desk.key(algorithm, algorithm)
            var bare = try JWK.generate(algorithm: algorithm).object(includingPrivate: true)
            bare["alg"] = nil
            let file = try Scratch().file("bare.jwk", JSONValue.object(bare).serializedString())
            let named = try Program.run(["jws", "sign", "--key", file, "--alg", "EdDSA"], input: payload)
            #expect(named.text.hasPrefix("eyJhbGciOiJFZERTQSI"), "\(named.errors)")
            #expect(
                try Program.run(["jws", "verify", "--key", file, "--alg", "EdDSA"], input: named.output).status == 0)
            let own = try Program.run(["jws", "sign", "--key", key], input: payload)
            #expect(!own.text.hasPrefix("eyJhbGciOiJFZERTQSI"))
        }
    }

    @Test("A detached payload is given by a file; without it, or with another, the signature does not hold")
    func detached() throws {
        let desk = try Desk()
        let key = try desk.key("HS256", "a")
        let file = try desk.scratch.file("payload", payload)
        for form in TokenSerialization.allCases {
            for encoding in [[], ["--unencoded"]] {
                let token = try Program.run(
                    ["jws", "sign", "--key", key, "--detached", "--serialization", form.rawValue] + encoding,
                    input: payload)
                #expect(token.status == 0, "\(token.errors)")
                let arguments = [
                    "jws", "verify", "--key", key, "--alg", "HS256", "--serialization", form.rawValue,
                ]
                let good = try Program.run(arguments + ["--payload", file], input: token.output)
                #expect(good.output == payload, "\(good.errors)")
                let without = try Program.run(arguments, input: token.output)
                #expect(without.status == 1 && without.output.isEmpty)
                let other = try Program.run(arguments + ["--payload", key], input: token.output)
                #expect(other.errors.hasPrefix("refused: signature-invalid: "))
            }
        }
    }

    @Test("Several keys sign one message; one of them is enough, unless every one is asked for")
    func severalSignatures() throws {
        let desk = try Desk()
        let keys = [try desk.key("ES256", "a"), try desk.key("HS256", "b")]
        let all = keys.flatMap { ["--key", $0] }
        let token = try Program.run(
            ["jws", "sign", "--serialization", "general", "--kid", "a", "--kid", "b"] + all, input: payload)
        #expect(token.status == 0, "\(token.errors)")
        let verify = ["jws", "verify", "--alg", "ES256,HS256", "--serialization", "general"]
        for key in keys {
            #expect(try Program.run(verify + ["--key", key], input: token.output).output == payload)
            let every = try Program.run(verify + ["--key", key, "--every"], input: token.output)
            #expect(every.errors.hasPrefix("refused: key-not-found: "), "\(every.errors)")
        }
        #expect(try Program.run(verify + all + ["--every"], input: token.output).output == payload)
        let compact = try Program.run(["jws", "sign", "--kid", "a", "--kid", "b"] + all, input: payload)
        #expect(compact.status == 64)
    }

    @Test("Several recipients each open one message, with what else was authenticated")
    func severalRecipients() throws {
        let desk = try Desk()
        let keys = [try desk.key("A256KW", "a"), try desk.key("ECDH-ES+A128KW", "b")]
        let aad = try desk.scratch.file("aad", "more")
        let token = try Program.run(
            [
                "jwe", "encrypt", "--serialization", "general", "--kid", "a", "--kid", "b", "--alg",
                "A256KW,ECDH-ES+A128KW", "--enc", "A128CBC-HS256", "--aad", aad, "--unprotected",
                #"{"cty":"text/plain"}"#,
            ] + keys.flatMap { ["--key", $0] }, input: payload)
        #expect(token.status == 0, "\(token.errors)")
        for key in keys {
            let arguments = ["jwe", "decrypt", "--key", key, "--serialization", "general"]
            #expect(try Program.run(arguments, input: token.output).output == payload)
            let json = try Program.run(arguments + ["--json"], input: token.output).json
            #expect(json?["aad"]?.stringValue == "bW9yZQ" && json?["unprotected"]?["cty"] == "text/plain")
        }
        let stranger = try desk.key("A256KW", "c")
        let refused = try Program.run(
            ["jwe", "decrypt", "--key", stranger, "--serialization", "general"], input: token.output)
        #expect(refused.status == 1 && refused.errors.hasPrefix("refused: key-not-found: "), "\(refused.errors)")
    }

    @Test("Compressed plaintext is refused unless it is asked for")
    func compression() throws {
        let desk = try Desk()
        let key = try desk.key("A256KW", "a")
        let token = try Program.run(
            ["jwe", "encrypt", "--key", key, "--alg", "A256KW", "--enc", "A256GCM", "--compress"], input: payload)
        let refused = try Program.run(["jwe", "decrypt", "--key", key], input: token.output)
        #expect(refused.status == 1 && refused.errors.hasPrefix("refused: zip-not-allowed: "), "\(refused.errors)")
        let opened = try Program.run(["jwe", "decrypt", "--key", key, "--allow-compressed"], input: token.output)
        #expect(opened.output == payload)
    }

    @Test("An alg in the unprotected header is read, and chooses nothing")
    func unprotected() throws {
        let desk = try Desk()
        // RFC 7520 section 4.7.
        let key = try desk.scratch.file(
            "key.jwk",
            #"""
            {"kty":"oct","kid":"018c0ae5-4d9b-471b-bfd6-eef314bc7037","use":"sig","alg":"HS256",
             "k":"hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg"}
            """#)
        let token = #"""
            {"payload":"SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4",
             "header":{"alg":"HS256","kid":"018c0ae5-4d9b-471b-bfd6-eef314bc7037"},
             "signature":"xuLifqLGiblpv9zBpuZczWhNj1gARaLV3UxvxhJxZuk"}
            """#
        let arguments = ["jws", "verify", "--key", key, "--alg", "HS256", "--serialization", "flattened"]
        let verified = try Program.run(arguments, input: Array(token.utf8))
        #expect(verified.status == 0 && verified.text.hasPrefix("It’s a dangerous business, Frodo"))
        for name in ["HS512", "none", "RS256"] {
            let changed = token.replacing("\"alg\":\"HS256\"", with: "\"alg\":\"\(name)\"")
            let refused = try Program.run(arguments, input: Array(changed.utf8))
            #expect(refused.status == 1 && refused.errors.hasPrefix("refused: alg-not-allowed: "), "\(refused.errors)")
        }
    }

    @Test("Two keys that fit and no kid are ambiguous, and no key of another type is taken")
    func keyChoice() throws {
        let desk = try Desk()
        let keys = [try desk.key("A256KW", "a"), try desk.key("A256KW", "b")]
        let bare = try desk.scratch.file("bare.jwk", Self.without("kid", try JWK(parsing: Self.read(keys[0]))))
        let token = try Program.run(
            ["jwe", "encrypt", "--key", bare, "--alg", "A256KW", "--enc", "A256GCM"], input: payload)
        let refused = try Program.run(["jwe", "decrypt"] + keys.flatMap { ["--key", $0] }, input: token.output)
        #expect(refused.errors.hasPrefix("refused: key-ambiguous: "), "\(refused.errors)")
        let named = try Program.run(
            ["jwe", "decrypt", "--kid", "a"] + keys.flatMap { ["--key", $0] }, input: token.output)
        #expect(named.output == payload)
        let mixed = [keys[0], try desk.key("ES256", "s"), try desk.key("ECDH-ES", "e"), try desk.key("A128KW", "x")]
        let chosen = try Program.run(["jwe", "decrypt"] + mixed.flatMap { ["--key", $0] }, input: token.output)
        #expect(chosen.output == payload, "\(chosen.errors)")
    }

    private static func read(_ path: String) throws -> [UInt8] {
        try Program.run(["jwk", "convert", "--to", "jwk", path]).output
    }

    private static func without(_ name: String, _ key: JWK) -> [UInt8] {
        var object = key.object(includingPrivate: true)
        object[name] = nil
        return object.serialized()
    }
}
