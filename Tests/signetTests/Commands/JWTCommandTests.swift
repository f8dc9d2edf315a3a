import JOSE
import Testing

@Suite("signet jwt")
struct JWTCommandTests {
    private let claims = Array(#"{"iss":"https://i.example","sub":"s","aud":"https://a.example"}"#.utf8)

    /// A sealed token with the keys of both sides.
    private func sealed(_ desk: Desk) throws -> (token: [UInt8], keys: [String]) {
        let keys = [try desk.key("ES256", "signer"), try desk.key("ECDH-ES", "recipient")]
        let arguments = ["jwt", "seal", "--lifetime", "5m"] + keys.flatMap { ["--key", $0] }
        let result = try Program.run(arguments, input: claims)
        try #require(result.status == 0, "\(result.errors)")
        return (result.output, keys)
    }

    @Test("Without the key, decode shows the header of a sealed token and says that the claims can't be read")
    func decodeSealed() throws {
        let (token, _) = try sealed(try Desk())
        #expect(token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).count == 5)
        let result = try Program.run(["jwt", "decode"], input: token)
        #expect(result.status == 0)
        #expect(result.text.contains("claims: sealed. They can't be read without the recipient's private key"))
        #expect(result.text.contains("\"ECDH-ES\""))
        #expect(!result.text.contains("i.example"))
        let json = try Program.run(["jwt", "decode", "--json"], input: token).json
        #expect(json?["claims"]?.stringValue == "sealed")
        #expect(json?["header"]?["kid"]?.stringValue == "recipient")
    }

    @Test("With the key, decode shows the claims and says that nothing was verified")
    func decodeWithKey() throws {
        let desk = try Desk()
        let (token, keys) = try sealed(desk)
        let result = try Program.run(["jwt", "decode", "--key", keys[1]], input: token)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text.contains("NOT VERIFIED"))
        #expect(result.text.contains("https://i.example"))
        #expect(result.text.contains("expires (exp):"))
    }

    @Test("Decode needs no key for a signed token and says that it was not verified")
    func decodeSigned() throws {
        let desk = try Desk()
        let key = try desk.key("ES256", "a")
        let token = try Program.run(["jwt", "sign", "--key", key], input: claims)
        let result = try Program.run(["jwt", "decode"], input: token.output)
        #expect(result.status == 0)
        #expect(result.text.contains("NOT VERIFIED"))
        #expect(
            try Program.run(["jwt", "decode", "--json"], input: token.output).json?["verified"]?.boolValue == false)
    }

    @Test("What is no token is malformed input of decode", arguments: ["", "x", "a.b", "a.b.c", "a.b.c.d", "e30.!.x"])
    func decodeGarbage(text: String) throws {
        #expect(try Program.run(["jwt", "decode"], input: Array(text.utf8)).status == 65)
    }

    @Test("A refusal says what the token says, what was expected, and dates in words")
    func refusals() throws {
        let desk = try Desk()
        let key = try desk.key("ES256", "a")
        let token = try Program.run(["jwt", "sign", "--key", key, "--lifetime", "5m"], input: claims).output
        let verify = ["jwt", "verify", "--key", key]
        let audience = try Program.run(verify + ["--audience", "https://b.example"], input: token)
        #expect(audience.status == 1)
        #expect(
            audience.errors
                == "refused: audience-mismatch: expected aud \"https://b.example\", got \"https://a.example\"\n")
        let issuer = try Program.run(verify + ["--issuer", "x", "--issuer", "y"], input: token)
        #expect(issuer.errors.hasSuffix(#"expected iss "x" or "y", got "https://i.example""# + "\n"))
        let late = try Program.run(verify + ["--at", "4000000000"], input: token)
        #expect(late.errors.hasPrefix("refused: token-expired: the token expired 20"), "\(late.errors)")
        #expect(late.errors.hasSuffix(" ago\n"))
        let early = try Program.run(verify + ["--at", "1000000000"], input: token)
        #expect(early.errors.hasPrefix("refused: token-not-yet-valid: the token is valid from 20"), "\(early.errors)")
    }

    @Test("A token of the other kind is sent to its command")
    func otherKind() throws {
        let desk = try Desk()
        let (token, keys) = try sealed(desk)
        let verify = try Program.run(["jwt", "verify", "--key", keys[0]], input: token)
        #expect(verify.status == 1 && verify.errors.contains("signet jwt open"), "\(verify.errors)")
        let signed = try Program.run(["jwt", "sign", "--key", keys[0], "--lifetime", "5m"], input: claims).output
        let open = try Program.run(["jwt", "open"] + keys.flatMap { ["--key", $0] }, input: signed)
        #expect(open.status == 1 && open.errors.contains("signet jwt verify"), "\(open.errors)")
    }

    @Test("A token that would never expire is made with a warning; keys and claims that are none are told")
    func warnings() throws {
        let desk = try Desk()
        let key = try desk.key("ES256", "a")
        let sign = ["jwt", "sign", "--key", key]
        #expect(
            try Program.run(sign, input: claims).errors == "signet: the token will never expire: --lifetime sets exp\n")
        #expect(try Program.run(sign + ["--lifetime", "1m"], input: claims).errors.isEmpty)
        #expect(try Program.run(sign, input: Array("sub=a".utf8)).errors.contains("the claims: expected a JSON object"))
        let pem = try Program.run(["jwk", "convert", "--to", "pem", key]).output
        let file = try Scratch().file("key.pem", String(decoding: pem, as: UTF8.self))
        #expect(try Program.run(["jwt", "sign", "--key", file], input: claims).errors.contains("signet jwk convert"))
        let seal = try Program.run(["jwt", "seal", "--key", key], input: claims)
        #expect(seal.errors.contains("--key names no key for encrypting"), "\(seal.errors)")
    }

    @Test("Open gives the claims that were sealed")
    func open() throws {
        let desk = try Desk()
        let (token, keys) = try sealed(desk)
        let arguments = [
            "jwt", "open", "--issuer", "https://i.example", "--audience", "https://a.example", "--max-age", "1m",
            "--require",
            "sub", "--json",
        ]
        let result = try Program.run(arguments + keys.flatMap { ["--key", $0] }, input: token)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.json?["claims"]?["sub"]?.stringValue == "s")
    }

    @Test("What open and verify print is the claims as JSON; their dates in words go to standard error")
    func resultIsJSON() throws {
        let desk = try Desk()
        let (token, keys) = try sealed(desk)
        let signed = try Program.run(["jwt", "sign", "--lifetime", "5m", "--key", keys[0]], input: claims)
        for (verb, input, keys) in [("open", token, keys), ("verify", signed.output, [keys[0]])] {
            let result = try Program.run(["jwt", verb] + keys.flatMap { ["--key", $0] }, input: input)
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.json?["sub"]?.stringValue == "s", "\(result.text)")
            #expect(result.errors.contains("expires (exp):"), "\(result.errors)")
        }
    }

    @Test(
        "Claims that do not meet what was asked are refused",
        arguments: [
            (["--issuer", "https://x"], "issuer-mismatch"), (["--audience", "https://x"], "audience-mismatch"),
            (["--require", "jti"], "claim-missing"), (["--typ", "JWT"], "type-mismatch"),
        ])
    func policy(options: [String], code: String) throws {
        let desk = try Desk()
        let (token, keys) = try sealed(desk)
        let result = try Program.run(["jwt", "open"] + options + keys.flatMap { ["--key", $0] }, input: token)
        #expect(result.status == 1)
        #expect(result.output.isEmpty)
        #expect(result.errors.hasPrefix("refused: \(code): "), "\(result.errors)")
    }

    @Test("An expired token, and one without an end, are refused")
    func expiry() throws {
        let desk = try Desk()
        let key = try desk.key("ES256", "a")
        func verify(_ claims: String, _ options: [String] = []) throws -> Program.Result {
            let token = try Program.run(["jwt", "sign", "--key", key], input: Array(claims.utf8))
            return try Program.run(["jwt", "verify", "--key", key] + options, input: token.output)
        }
        #expect(try verify(#"{"exp":1000000000}"#).errors.hasPrefix("refused: token-expired: "))
        #expect(try verify("{}").errors.hasPrefix("refused: claim-missing: "))
        #expect(try verify(#"{"exp":4000000000,"nbf":3999999999}"#).errors.hasPrefix("refused: token-not-yet-valid: "))
        #expect(try verify(#"{"exp":4000000000}"#).status == 0)
    }

    @Test(
        "A JWE around anything but a signed token is refused",
        arguments: [
            "hello", "{\"sub\":\"s\"}", "eyJhbGciOiJub25lIn0.e30.",
        ])
    func unsecuredInner(content: String) throws {
        let desk = try Desk()
        let keys = [try desk.key("ES256", "signer"), try desk.key("ECDH-ES", "recipient")]
        let token = try Program.run(
            [
                "jwe", "encrypt", "--key", keys[1], "--alg", "ECDH-ES", "--enc", "A256GCM", "--header",
                "{\"cty\":\"JWT\"}",
            ],
            input: Array(content.utf8))
        let result = try Program.run(["jwt", "open"] + keys.flatMap { ["--key", $0] }, input: token.output)
        #expect(result.status == 1)
        #expect(result.errors.hasPrefix("refused: unsecured-inner: "), "\(result.errors)")
    }

    @Test("A change in any of the five parts is refused", arguments: 0..<5)
    func tampering(part: Int) throws {
        let desk = try Desk()
        let (token, keys) = try sealed(desk)
        var parts = String(decoding: token, as: UTF8.self).trimmingSuffix().split(
            separator: ".", omittingEmptySubsequences: false
        ).map(String.init)
        let middle = parts[part].index(parts[part].startIndex, offsetBy: parts[part].count / 2)
        if parts[part].isEmpty {
            parts[part] = "AAAA"
        } else {
            parts[part].replaceSubrange(middle...middle, with: parts[part][middle] == "A" ? "B" : "A")
        }
        let arguments = ["jwt", "open"] + keys.flatMap { ["--key", $0] }
        let result = try Program.run(arguments, input: Array(parts.joined(separator: ".").utf8))
        #expect(result.status == 1)
        #expect(result.output.isEmpty)
    }
}

extension String {
    fileprivate func trimmingSuffix() -> String {
        var text = self
        while text.last == "\n" { text.removeLast() }
        return text
    }
}
