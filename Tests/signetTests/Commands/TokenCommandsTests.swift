import JOSE
import Testing

/// Keys and tokens made by the program itself.
struct Desk {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Makes a key and answers its file.
    func key(_ algorithm: String, _ name: String, _ more: [String] = []) throws -> String {
        let result = try Program.run(["jwk", "generate", "--alg", algorithm, "--kid", name] + more)
        try #require(result.status == 0, "\(result.errors)")
        return try scratch.file("\(name).jwk", result.output)
    }

    func half(_ path: String) throws -> String {
        try scratch.file("half.jwk", try Program.run(["jwk", "public", path]).output)
    }
}

@Suite("signet jws and jwe")
struct TokenCommandsTests {
    let payload: [UInt8] = [0, 1, 2, 255, 10, 13, 10]

    @Test(
        "What was signed comes back octet by octet",
        arguments: ["HS256", "ES256", "ES384", "Ed25519", "PS256", "RS512"])
    func signAndVerify(algorithm: String) throws {
        let desk = try Desk()
        let key = try desk.key(algorithm, "a")
        let token = try Program.run(["jws", "sign", "--key", key], input: payload)
        #expect(token.status == 0)
        #expect(token.text.split(separator: ".").count == 3)
        let verifying = algorithm == "HS256" ? key : try desk.half(key)
        let verified = try Program.run(["jws", "verify", "--key", verifying, "--alg", algorithm], input: token.output)
        #expect(verified.status == 0, "\(verified.errors)")
        #expect(verified.output == payload)
        #expect(verified.errors.isEmpty)
    }

    @Test(
        "A token that does not hold is refused with its code in one line, and nothing of it is printed",
        arguments: [
            ("garbage", "token-malformed"), ("a.b.c", "base64url-invalid"), ("", "token-malformed"),
            ("a.b.c.d.e", "token-malformed"), ("eyJhbGciOiJub25lIn0.e30.", "alg-not-allowed"),
            ("eyJhbGciOiJIUzI1NiJ9.e30.AAAA", "alg-not-allowed"),
            ("eyJhbGciOiJFUzI1NiJ9.e30.AAAA", "signature-invalid"),
            ("eyJhbGciOiJFUzI1NiIsImtpZCI6IngifQ.e30.AAAA", "key-not-found"),
        ])
    func refusals(token: String, code: String) throws {
        let desk = try Desk()
        let key = try desk.half(try desk.key("ES256", "a"))
        let result = try Program.run(["jws", "verify", "--key", key, "--alg", "ES256"], input: Array(token.utf8))
        #expect(result.status == 1)
        #expect(result.output.isEmpty)
        #expect(result.errors.hasPrefix("refused: \(code): "), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
    }

    @Test("A public key is no secret for HS256")
    func algorithmConfusion() throws {
        let desk = try Desk()
        let half = try desk.half(try desk.key("RS256", "a"))
        let forged = try Program.run(["jws", "sign", "--key", half, "--alg", "HS256"], input: payload)
        #expect(forged.status == 1)
        let token = "eyJhbGciOiJIUzI1NiIsImtpZCI6ImEifQ.e30.AAAA"
        let result = try Program.run(
            ["jws", "verify", "--key", half, "--alg", "RS256,HS256"], input: Array(token.utf8))
        #expect(result.errors.hasPrefix("refused: key-mismatch: "))
    }

    @Test(
        "What was encrypted comes back octet by octet",
        arguments: [
            ("ECDH-ES", "A256GCM"), ("ECDH-ES+A128KW", "A128CBC-HS256"), ("A256KW", "A192GCM"),
            ("A192GCMKW", "A256CBC-HS512"), ("RSA-OAEP-256", "A128GCM"), ("RSA-OAEP-512", "A256GCM"),
            ("RSA-OAEP", "A192CBC-HS384"),
        ])
    func encryptAndDecrypt(algorithm: String, content: String) throws {
        let desk = try Desk()
        let key = try desk.key(algorithm, "a")
        let token = try Program.run(
            ["jwe", "encrypt", "--key", key, "--alg", algorithm, "--enc", content], input: payload)
        #expect(token.status == 0, "\(token.errors)")
        let opened = try Program.run(["jwe", "decrypt", "--key", key], input: token.output)
        #expect(opened.status == 0, "\(opened.errors)")
        #expect(opened.output == payload)
    }

    @Test("A key that says nothing of dir does not open a token of dir, unless the caller says so")
    func dirIsSaid() throws {
        let desk = try Desk()
        let named = try desk.key("A256GCM", "a")
        let token = try Program.run(
            ["jwe", "encrypt", "--key", named, "--alg", "dir", "--enc", "A256GCM"], input: payload)
        #expect(try Program.run(["jwe", "decrypt", "--key", named], input: token.output).output == payload)
        var object = try JWK(parsing: try Program.run(["jwk", "convert", "--to", "jwk", named]).output)
            .object(includingPrivate: true)
        object["alg"] = nil
        let bare = try desk.scratch.file("bare.jwk", object.serialized())
        let refused = try Program.run(["jwe", "decrypt", "--key", bare], input: token.output)
        #expect(refused.status == 1)
        #expect(refused.errors.hasPrefix("refused: alg-not-allowed: "))
        let said = try Program.run(["jwe", "decrypt", "--key", bare, "--alg", "dir"], input: token.output)
        #expect(said.output == payload)
    }

    @Test("A content encryption that is not allowed is named as the token's, not as the key's fault")
    func contentEncryptionNotAllowed() throws {
        let desk = try Desk()
        let key = try desk.key("A256KW", "a")
        let token = try Program.run(
            ["jwe", "encrypt", "--key", key, "--alg", "A256KW", "--enc", "A256GCM"], input: payload)
        let result = try Program.run(["jwe", "decrypt", "--key", key, "--enc", "A128GCM"], input: token.output)
        #expect(result.status == 1)
        #expect(result.errors == "refused: enc-not-allowed: the header's enc A256GCM is not allowed\n")
    }

    @Test("An algorithm that is refused is named with why", arguments: ["RSA1_5", "none", "ML-DSA-44", "ECDH-1PU"])
    func refusedByName(name: String) throws {
        let desk = try Desk()
        let key = try desk.key("RSA-OAEP-256", "a")
        let header = Base64URL.encode(Array(#"{"alg":"\#(name)","enc":"A256GCM"}"#.utf8))
        for (command, token) in [("jws", header + ".e30.AAAA"), ("jwe", header + ".AAAA.AAAA.AAAA.AAAA")] {
            let verb = command == "jws" ? ["verify", "--alg", "RS256"] : ["decrypt"]
            let result = try Program.run([command] + verb + ["--key", key], input: Array(token.utf8))
            #expect(result.status == 1 && result.output.isEmpty)
            #expect(result.errors.hasPrefix("refused: alg-not-allowed: "))
            #expect(result.errors.contains("\(name) is refused: "), "\(result.errors)")
        }
    }

    @Test("Several fitting keys and no kid are ambiguous; --kid chooses")
    func ambiguousKeys() throws {
        let desk = try Desk()
        let keys = [try desk.key("ES256", "a"), try desk.key("ES256", "b")]
        let arguments = ["jws", "sign"] + keys.flatMap { ["--key", $0] }
        let refused = try Program.run(arguments, input: payload)
        #expect(refused.status == 1)
        #expect(refused.errors.hasPrefix("refused: key-ambiguous: "))
        #expect(try Program.run(arguments + ["--kid", "b"], input: payload).status == 0)
    }

    @Test(
        "The header can't be made to say what the command decides",
        arguments: ["{\"alg\":\"none\"}", "{\"crit\":[\"x\"]}"])
    func headerIsGuarded(header: String) throws {
        let desk = try Desk()
        let key = try desk.key("ES256", "a")
        #expect(try Program.run(["jws", "sign", "--key", key, "--header", header], input: payload).status == 1)
        #expect(try Program.run(["jws", "sign", "--key", key, "--header", "[]"], input: payload).status == 64)
    }
}
