import Testing

@testable import JOSE

@Suite("The RFCs' examples in JSON serializations")
struct RFCSerializationTests {
    /// The parts and the key of an example of `appendices.json`.
    private func jws(_ name: String) throws -> (parts: [String], key: VerificationKey) {
        let examples = try Vectors.load("rfc/appendices.json")["jws"]?.arrayValue ?? []
        let example = try #require(examples.first { $0["name"]?.text == name })
        let algorithm = try #require(SignatureAlgorithm(name: example["alg"]?.text ?? ""))
        let key = try VerificationKey(JWK(#require(example["key"]?.objectValue)), algorithm: algorithm)
        return (try #require(example["token"]).text.split(separator: ".").map(String.init), key)
    }

    private let policy = SignaturePolicy(algorithms: [.rs256, .es256, .hs256])

    @Test("RFC 7515 A.6: two signatures, each and both")
    func generalJWS() throws {
        let (rsa, ec) = (try jws("RFC 7515 A.2"), try jws("RFC 7515 A.3"))
        let token = """
            {"payload":"\(rsa.parts[1])","signatures":[
             {"protected":"\(rsa.parts[0])","header":{"kid":"2010-12-29"},"signature":"\(rsa.parts[2])"},
             {"protected":"\(ec.parts[0])","header":{"kid":"e9bc097a-ce51-4036-9562-d2ade882db0d"},
              "signature":"\(ec.parts[2])"}]}
            """
        #expect(try JWS.verify(token, as: .general, key: rsa.key, policy: policy).algorithm == .rs256)
        #expect(try JWS.verify(token, as: .general, key: ec.key, policy: policy).algorithm == .es256)
        let both = try JWS.verify(token, as: .general, policy: policy, requiring: .every) { header in
            header.keyID == "2010-12-29" ? rsa.key : ec.key
        }
        #expect(both.others.count == 1 && both.unprotectedHeader == ["kid": "2010-12-29"])
    }

    @Test("RFC 7515 A.7: the flattened form")
    func flattenedJWS() throws {
        let ec = try jws("RFC 7515 A.3")
        let token = """
            {"payload":"\(ec.parts[1])","protected":"\(ec.parts[0])",
             "header":{"kid":"e9bc097a-ce51-4036-9562-d2ade882db0d"},"signature":"\(ec.parts[2])"}
            """
        #expect(try JWS.verify(token, as: .flattened, key: ec.key, policy: policy).algorithm == .es256)
    }

    @Test("RFC 7515 A.5 and E: what is unsecured or critical is refused")
    func refused() throws {
        let key = try jws("RFC 7515 A.1").key
        for token in [
            "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290"
                + "Ijp0cnVlfQ.",
            "eyJhbGciOiJub25lIiwNCiAiY3JpdCI6WyJodHRwOi8vZXhhbXBsZS5jb20vVU5ERUZJTkVEIl0sDQogImh0dHA6Ly9leGFtcGxlLmN"
                + "vbS9VTkRFRklORUQiOnRydWUNCn0.RkFJTA.",
        ] {
            #expect(throws: JOSEError(.algorithmNotAllowed, "")) { try JWS.verify(token, key: key, policy: policy) }
        }
    }

    @Test("RFC 7515 F: a payload that comes by another way")
    func detached() throws {
        let (parts, key) = try jws("RFC 7515 A.1")
        let payload = try Base64URL.decode(parts[1])
        let token = "\(parts[0])..\(parts[2])"
        #expect(try JWS.verify(token, detachedPayload: payload, key: key, policy: policy).payload == payload)
        #expect(throws: JOSEError(.signatureInvalid, "")) { try JWS.verify(token, key: key, policy: policy) }
        #expect(throws: JOSEError(.signatureInvalid, "")) {
            try JWS.verify(token, detachedPayload: payload + [0], key: key, policy: policy)
        }
        #expect(throws: JOSEError(.tokenMalformed, "")) {
            try JWS.verify(parts.joined(separator: "."), detachedPayload: payload, key: key, policy: policy)
        }
    }

    private static let protected = "eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19"
    private static let signature = "A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY"

    @Test("RFC 7797 section 4: the payload $.02, encoded and as it is, verified and made again")
    func unencoded() throws {
        let jwk = try JWK([
            "kty": "oct",
            "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
        ])
        let key = try VerificationKey(jwk, algorithm: .hs256)
        let signer = JWSSigner(key: try SigningKey(jwk, algorithm: .hs256))
        let payload = octets("$.02")
        let encoded = "eyJhbGciOiJIUzI1NiJ9.JC4wMg.5mvfOroL-g7HyqJoozehmsaqmvTYGEq5jTI1gVvoEoQ"
        #expect(try JWS.verify(encoded, key: key, policy: policy).payload == payload)
        #expect(try JWS.sign(payload: payload, as: .compact, signers: [signer]) == encoded)

        let detached = "\(Self.protected)..\(Self.signature)"
        #expect(try JWS.verify(detached, detachedPayload: payload, key: key, policy: policy).payload == payload)
        let made = try JWS.sign(
            payload: payload, as: .compact, signers: [signer], isDetached: true, isEncoded: false)
        #expect(made == detached)
        let flattened =
            #"{"payload":"$.02","protected":"\#(Self.protected)","signature":"\#(Self.signature)"}"#
        #expect(try JWS.verify(flattened, as: .flattened, key: key, policy: policy).payload == payload)
        #expect(try JWS.sign(payload: payload, as: .flattened, signers: [signer], isEncoded: false) == flattened)
        // Its dot can't stand in an attached compact form, neither written nor read.
        #expect(throws: JOSEError(.tokenMalformed, "")) {
            try JWS.sign(payload: payload, as: .compact, signers: [signer], isEncoded: false)
        }
        #expect(throws: JOSEError(.tokenMalformed, "")) {
            try JWS.verify("\(Self.protected).$.02.\(Self.signature)", key: key, policy: policy)
        }
    }

    @Test("RFC 7516 A.4 and A.5: two recipients, and the flattened form of one")
    func jwe() throws {
        let jwk = try JWK(["kty": "oct", "kid": "7", "k": "GawgguFyGrWKav7AX4VKUg"])
        let key = try DecryptionKey(jwk, algorithm: .a128KW)
        let policy = DecryptionPolicy(algorithms: [.a128KW], contentEncryption: [.a128CBCHS256])
        let own =
            #""header":{"alg":"A128KW","kid":"7"},"#
            + #""encrypted_key":"6KB707dM9YTIgHtLvtgWQ8mKwboJW3of9locizkDTHzBC2IlrT1oOQ""#
        let content =
            #""iv":"AxY8DCtDaGlsbGljb3RoZQ","ciphertext":"KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY","#
            + #""tag":"Mz-VPPyU4RlcuYv1IwIvzw""#
        let head =
            #""protected":"eyJlbmMiOiJBMTI4Q0JDLUhTMjU2In0","#
            + #""unprotected":{"jku":"https://server.example.com/keys.jwks"}"#
        let general =
            "{\(head),\"recipients\":["
            + #"{"header":{"alg":"RSA1_5","kid":"2011-04-29"},"encrypted_key":"UGhIOguC7IuEvf_NPVaXsGMoLOmwvc1GyqlIKOK1"},"#
            + "{\(own)}],\(content)}"
        for (form, token) in [(TokenSerialization.general, general), (.flattened, "{\(head),\(own),\(content)}")] {
            let opened = try JWE.decrypt(token, as: form, key: key, policy: policy)
            #expect(String(decoding: opened.plaintext, as: UTF8.self) == "Live long and prosper.")
        }
    }
}
