import JOSE
import Testing

@Suite("signet jwk")
struct JWKCommandTests {
    @Test(
        "What is no key is malformed input",
        arguments: [
            "", "x", "[]", "{}", "{\"kty\":\"EC\"}", "{\"keys\":1}", "{\"kty\":\"oct\",\"kty\":\"oct\",\"k\":\"AA\"}",
        ])
    func malformed(text: String) throws {
        let result = try Program.run(["jwk", "thumbprint"], input: Array(text.utf8))
        #expect(result.status == 65)
        #expect(result.output.isEmpty)
    }

    @Test(
        "A generated key names its algorithm, its use and a kid of 128 random bits",
        arguments: [
            ("HS256", "sig"), ("ES256", "sig"), ("ES512", "sig"), ("Ed25519", "sig"), ("ES256K", "sig"),
            ("Ed448", "sig"),
            ("ML-DSA-65", "sig"), ("ML-DSA-87", "sig"), ("ECDH-ES", "enc"), ("RSA-OAEP-512", "enc"),
            ("ECDH-ES+A256KW", "enc"), ("A256KW", "enc"), ("A128GCMKW", "enc"), ("A256CBC-HS512", "enc"),
        ])
    func generate(algorithm: String, use: String) throws {
        let result = try Program.run(["jwk", "generate", "--alg", algorithm])
        #expect(result.status == 0)
        let key = try JWK(parsing: result.output)
        #expect(key.algorithm == algorithm)
        #expect(key.use == use)
        #expect(try Base64URL.decode(key.kid ?? "").count == 16)
        #expect(key.isPrivate)
    }

    @Test("The public half holds no secret")
    func publicHalf() throws {
        let pair = try Program.run(["jwk", "generate", "--alg", "ECDH-ES", "--crv", "P-256", "--kid", "a"]).output
        let half = try Program.run(["jwk", "public"], input: pair)
        #expect(half.status == 0)
        #expect(half.json?["d"] == nil)
        #expect(try JWK(parsing: half.output).kid == "a")
    }

    @Test("A symmetric key has no public half; in a set it is left out")
    func symmetricHalf() throws {
        let secret = try Program.run(["jwk", "generate", "--alg", "HS256"])
        let alone = try Program.run(["jwk", "public"], input: secret.output)
        #expect(alone.status == 1)
        #expect(alone.errors.hasPrefix("refused: key-mismatch: "))
        #expect(alone.output.isEmpty)
        let pair = try Program.run(["jwk", "generate", "--alg", "ES256"])
        let set = "{\"keys\":[\(secret.text),\(pair.text)]}"
        let halves = try Program.run(["jwk", "public"], input: Array(set.utf8))
        #expect(halves.json?["keys"]?.arrayValue?.count == 1)
        #expect(!halves.text.contains("\"k\""))
    }

    @Test("The thumbprint is that of RFC 8037 appendix A.3")
    func thumbprint() throws {
        let key = #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
        let result = try Program.run(["jwk", "thumbprint"], input: Array(key.utf8))
        #expect(result.text == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k\n")
    }

    @Test("The thumbprint is made with the hash that is asked for, and as a URI: RFC 9278")
    func thumbprintForms() throws {
        let key = #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
        let uri = "urn:ietf:params:oauth:jwk-thumbprint:"
        let plain = try Program.run(["jwk", "thumbprint", "--uri"], input: Array(key.utf8))
        #expect(plain.text == uri + "sha-256:kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k\n")
        for (hash, count) in [("sha-256", 43), ("sha-384", 64), ("sha-512", 86)] {
            let one = try Program.run(["jwk", "thumbprint", "--hash", hash], input: Array(key.utf8))
            #expect(one.text.count == count + 1)
            let two = try Program.run(["jwk", "thumbprint", "--hash", hash, "--uri"], input: Array(key.utf8))
            #expect(two.text == uri + hash + ":" + one.text)
        }
        for hash in ["sha-1", "SHA-256", "sha256", ""] {
            let refused = try Program.run(["jwk", "thumbprint", "--hash", hash], input: Array(key.utf8))
            #expect(refused.status == 64 && refused.output.isEmpty)
        }
    }

    @Test(
        "No key is made for an algorithm that is refused, and the reason is told",
        arguments: ["RSA1_5", "none", "ML-DSA-44"])
    func refusedAlgorithms(name: String) throws {
        let result = try Program.run(["jwk", "generate", "--alg", name])
        #expect(result.status == 64 && result.output.isEmpty)
        #expect(result.errors.contains("\(name) is refused: "))
    }

    @Test("A file argument is read as standard input is")
    func fileArgument() throws {
        let scratch = try Scratch()
        let pair = try Program.run(["jwk", "generate", "--alg", "ES256"]).output
        let path = try scratch.file("key.jwk", pair)
        #expect(
            try Program.run(["jwk", "thumbprint", path]).text == Program.run(["jwk", "thumbprint"], input: pair).text)
    }
}
