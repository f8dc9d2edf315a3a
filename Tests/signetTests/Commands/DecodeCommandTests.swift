import JOSE
import Testing

@Suite("signet jwt decode explains")
struct DecodeCommandTests {
    private let desk: Desk
    private let signer: String
    private let recipient: String

    init() throws {
        desk = try Desk()
        signer = try desk.key("ES256", "signer")
        recipient = try desk.key("ECDH-ES", "recipient")
    }

    private func seal(_ claims: String, _ options: [String] = []) throws -> [UInt8] {
        let result = try Program.run(
            ["jwt", "seal", "--key", signer, "--key", recipient] + options, input: Array(claims.utf8))
        try #require(result.status == 0, "\(result.errors)")
        return result.output
    }

    private func decode(_ token: [UInt8], _ options: [String] = []) throws -> Program.Result {
        let result = try Program.run(["jwt", "decode"] + options, input: token)
        #expect(result.status == 0, "\(result.errors)")
        return result
    }

    @Test("what each member means, how the key is reached, and the sizes")
    func layers() throws {
        let text = try decode(seal("{}", ["--lifetime", "5m"]), ["--key", recipient]).text
        for expected in [
            "ECDH with an ephemeral key gives the content key", "AES-GCM with a key of 256 bits", "on X25519",
            "agree; Concat KDF with SHA-256 for \"A256GCM\" gives the content key",
            "encrypted key 0, initialisation vector 12", "tag 16 octets", "ECDSA on P-256 with SHA-256",
            "signature 64 octets", "an OAuth access token (RFC 9068)", "the key \"signer\" checks the signature",
            "expires (exp):", "verdict: NOT VERIFIED",
        ] {
            #expect(text.contains(expected), "\(expected) in \(text)")
        }
    }

    @Test("that a good token passes every check, with both keys")
    func verified() throws {
        let token = try seal(#"{"iss":"i"}"#, ["--lifetime", "5m"])
        let result = try decode(token, ["--key", recipient, "--key", signer, "--issuer", "i", "--typ", "at+jwt"])
        #expect(result.text.contains("claims (signed with key \"signer\"):"))
        #expect(result.text.contains("verdict: every check that was asked for passed"), "\(result.text)")
        let json = try decode(token, ["--key", recipient, "--key", signer, "--json"]).json
        #expect(json?["verified"] == true && json?["layers"]?.arrayValue?.count == 2)
        #expect(json?["checks"]?.arrayValue?.allSatisfy { $0["verdict"] == "ok" } == true)
    }

    @Test(
        "which check a token fails, by its code",
        arguments: [
            (#"{"exp":1000}"#, [], "exp", "token-expired"),
            (#"{"exp":4000000000,"nbf":3999999999}"#, [], "nbf", "token-not-yet-valid"),
            (#"{}"#, [], "required claims", "claim-missing"),
            (#"{"exp":4000000000}"#, ["--issuer", "x"], "iss", "issuer-mismatch"),
            (#"{"exp":4000000000}"#, ["--audience", "x"], "aud", "audience-mismatch"),
            (#"{"exp":4000000000}"#, ["--subject", "x"], "sub", "subject-mismatch"),
            (#"{"exp":4000000000}"#, ["--jwt-id", "x"], "jti", "jti-mismatch"),
            (#"{"exp":4000000000}"#, ["--nonce", "x"], "nonce", "nonce-mismatch"),
            (#"{"exp":4000000000,"iat":1}"#, ["--max-age", "1m"], "max age", "token-too-old"),
            (#"{"exp":4000000000}"#, ["--typ", "JWT"], "typ", "type-mismatch"),
            (#"{"exp":2000}"#, ["--at", "2030"], "exp", "token-expired"),
        ])
    func failing(claims: String, options: [String], check: String, code: String) throws {
        let keys = ["--key", recipient, "--key", signer]
        let result = try decode(seal(claims), keys + options)
        #expect(result.text.contains("verdict: refused by the check of \(check): \(code)"), "\(result.text)")
        let refused = try Program.run(["jwt", "open"] + keys + options, input: seal(claims))
        #expect(refused.errors.hasPrefix("refused: \(code): "), "\(refused.errors)")
    }

    @Test("that a time and the switches change the verdict as they say")
    func switches() throws {
        let keys = ["--key", recipient, "--key", signer]
        for (claims, options) in [
            (#"{"exp":1000}"#, ["--ignore-expiration"]),
            (#"{"exp":4000000000,"nbf":3999999999}"#, ["--ignore-not-before"]),
            (#"{"exp":2000}"#, ["--at", "2029"]), (#"{"exp":2000}"#, ["--at", "2089", "--leeway", "90s"]),
            (#"{"exp":4000000000,"aud":["a","b"]}"#, ["--audience", "a", "--audience", "b", "--audience-rule", "all"]),
        ] {
            let result = try Program.run(["jwt", "open"] + keys + options, input: seal(claims))
            #expect(result.status == 0, "\(result.errors)")
        }
        let only = try Program.run(
            ["jwt", "open", "--audience", "a", "--audience-rule", "only"] + keys,
            input: seal(#"{"exp":4000000000,"aud":["a","b"]}"#))
        #expect(only.errors.hasPrefix("refused: audience-mismatch: "))
    }

    @Test("that a signature does not hold, and that a key does not open")
    func wrongKeys() throws {
        let token = try seal("{}", ["--lifetime", "5m"])
        let other = try Desk()
        let stranger = try other.key("ES256", "signer")
        let result = try decode(token, ["--key", recipient, "--key", stranger])
        #expect(result.text.contains("REFUSED signature-invalid"))
        #expect(result.text.contains("NOT VERIFIED"))
        let closed = try decode(token, ["--key", try other.key("ECDH-ES", "recipient")])
        #expect(closed.text.contains("REFUSED decryption-failed"))
        #expect(closed.text.contains("claims: sealed"))
    }

    @Test("JSON serializations, payloads that are no claims, and what is only encrypted")
    func otherTokens() throws {
        let general = try Program.run(
            ["jws", "sign", "--key", signer, "--serialization", "general"], input: Array("hello".utf8))
        let shown = try decode(general.output, ["--serialization", "general", "--key", signer])
        #expect(shown.text.contains("hello") && shown.text.contains("JWS, general"))
        let sealed = try Program.run(
            [
                "jwe", "encrypt", "--key", recipient, "--alg", "ECDH-ES", "--enc", "A256GCM", "--serialization",
                "flattened",
            ], input: Array("hello".utf8))
        let opened = try decode(sealed.output, ["--serialization", "flattened", "--key", recipient])
        #expect(opened.text.contains("NOT SIGNED") && opened.text.contains("hello"))
        #expect(opened.text.contains("verdict: refused by the check of signed token inside"))
        let result = try Program.run(["jwt", "decode", "--serialization", "general"], input: Array("{}".utf8))
        #expect(result.status == 65)
    }

    @Test("the claims that sign and seal put together from their options")
    func builtClaims() throws {
        let token = try Program.run(
            [
                "jwt", "sign", "--key", signer, "--lifetime", "5m", "--issuer", "i", "--subject", "s", "--audience",
                "a", "--audience", "b", "--jwt-id", "j", "--nonce", "n", "--not-before", "1m",
            ], input: Array(#"{"x":1,"sub":"old"}"#.utf8))
        let claims = try decode(token.output, ["--json"]).json?["claims"]
        #expect(claims?["iss"] == "i" && claims?["sub"] == "s" && claims?["aud"] == ["a", "b"] && claims?["x"] == 1)
        #expect(claims?["jti"] == "j" && claims?["nonce"] == "n")
        let issued = try #require(claims?["iat"]?.integerValue)
        #expect(claims?["exp"]?.integerValue == issued + 300 && claims?["nbf"]?.integerValue == issued + 60)
    }
}
