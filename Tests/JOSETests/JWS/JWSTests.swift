import Testing

@testable import JOSE

@Suite("A compact JWS")
struct JWSTests {
    /// Signs octets under a header written by hand.
    private func token(header: String, payload: String = "hello", key: SigningKey) throws -> String {
        let input = Base64URL.encode(octets(header)) + "." + Base64URL.encode(octets(payload))
        return input + "." + Base64URL.encode(try key.sign(octets(input).span))
    }

    @Test("verifies with the key that signed it and with no other", arguments: SignatureAlgorithm.allCases)
    func roundTrip(algorithm: SignatureAlgorithm) throws {
        let jwk = try JWK.generate(algorithm: algorithm.rawValue)
        let signing = try SigningKey(jwk)
        let token = try JWS.sign(payload: octets("hello"), header: ["typ": "x"], key: signing)
        let verified = try JWS.verify(token, key: VerificationKey(of: signing))
        #expect(verified.payload == octets("hello"))
        #expect(verified.header == ["alg": .string(algorithm.rawValue), "typ": "x", "kid": .string(jwk.kid ?? "")])
        #expect(try JWS.verify(token, keys: KeyDirectory([VerificationKey(jwk)])).keyID == jwk.kid)
        let other = try VerificationKey(JWK.generate(algorithm: algorithm.rawValue, kid: jwk.kid))
        #expect(throws: JOSEError(.signatureInvalid, "")) { try JWS.verify(token, key: other) }
    }

    @Test(
        "is refused when it is unsecured, in whatever spelling",
        arguments: ["none", "None", "NONE", "nOnE", "noNE", ""])
    func none(name: String) throws {
        let key = try VerificationKey(JWK.generate(algorithm: "HS256"))
        let input = Base64URL.encode(octets(#"{"alg":"\#(name)"}"#)) + "." + Base64URL.encode(octets("hello")) + "."
        #expect(throws: JOSEError(.algorithmNotAllowed, "")) { try JWS.verify(input, key: key) }
    }

    @Test("is refused when its header names another algorithm than the key's")
    func confusion() throws {
        // The public key's text as an HMAC secret, as in CVE-2015-9235 and its kin.
        let jwk = try JWK.generate(algorithm: "RS256")
        let publicText = try #require(jwk.publicJWK()).serialized(includingPrivate: false)
        let secret = try JWK(["kty": "oct", "k": .string(Base64URL.encode(publicText))])
        let forged = try token(header: #"{"alg":"HS256"}"#, key: SigningKey(secret, algorithm: .hs256))
        #expect(throws: JOSEError(.algorithmNotAllowed, "")) { try JWS.verify(forged, key: VerificationKey(jwk)) }
        let key = try SigningKey(JWK.generate(algorithm: "HS256"))
        for name in ["hs256", "HS256 ", " HS256", "HS384", "HS512", "RS256", "HS2\\u00356x", "\u{212A}"] {
            let changed = try token(header: #"{"alg":"\#(name)"}"#, key: key)
            #expect(throws: JOSEError(.algorithmNotAllowed, "")) {
                try JWS.verify(changed, key: VerificationKey(of: key))
            }
        }
    }

    @Test(
        "is refused when its header has what no header may have, though the signature holds",
        arguments: [
            (#"{"alg":"HS256","crit":["exp"],"exp":1}"#, .headerInvalid),
            (#"{"alg":"HS256","crit":[]}"#, .headerInvalid),
            (#"{"alg":"HS256","b64":false,"crit":["b64"]}"#, .headerInvalid),
            (#"{"alg":"HS256","b64":false}"#, .headerInvalid), (#"{"alg":"HS256","zip":"DEF"}"#, .headerInvalid),
            (#"{"alg":"HS256","alg":"none"}"#, .jsonDuplicateMember),
            (#"{"alg":"HS256","\u0061lg":"HS256"}"#, .jsonDuplicateMember),
            (#"{"typ":"JWT"}"#, .headerInvalid), (#"{"alg":1}"#, .headerInvalid), (#"{"alg":null}"#, .headerInvalid),
            (#"{"alg":["HS256"]}"#, .headerInvalid), (#"{"alg":"HS256","kid":1}"#, .headerInvalid),
            (#"["HS256"]"#, .headerInvalid), (#""HS256""#, .headerInvalid), ("", .jsonInvalid),
            (#"{"alg":"HS256"} x"#, .jsonInvalid),
        ] as [(String, JOSEError.Code)]
    )
    func header(text: String, code: JOSEError.Code) throws {
        let key = try SigningKey(JWK.generate(algorithm: "HS256"))
        let token = try token(header: text, key: key)
        #expect(throws: JOSEError(code, "")) { try JWS.verify(token, key: VerificationKey(of: key)) }
    }

    @Test("does not take a key out of its header")
    func embeddedKey() throws {
        let own = try SigningKey(JWK.generate(algorithm: "ES256"))
        let attacker = try JWK.generate(algorithm: "ES256")
        let jwk = JSONValue.object(try #require(attacker.publicJWK()).object(includingPrivate: false))
        let header: JSONObject = [
            "alg": "ES256", "jwk": jwk, "jku": "https://attacker.example/keys", "x5u": "https://attacker.example/x",
        ]
        let forged = try token(
            header: String(decoding: header.serialized(), as: UTF8.self), key: SigningKey(attacker)
        )
        #expect(throws: JOSEError(.signatureInvalid, "")) { try JWS.verify(forged, key: VerificationKey(of: own)) }
    }

    @Test("of EdDSA is taken for Ed25519")
    func edDSA() throws {
        let key = try SigningKey(JWK.generate(algorithm: "EdDSA"))
        #expect(key.algorithm == .ed25519)
        let token = try token(header: #"{"alg":"EdDSA"}"#, key: key)
        #expect(try JWS.verify(token, key: VerificationKey(of: key)).algorithm == .ed25519)
    }

    @Test(
        "is refused when its form is wrong",
        arguments: ["", ".", "..", "a", "a.b", "a.b.c.d", "....", "e30..", "e30.e30.e30.e30.e30"])
    func form(text: String) throws {
        let key = try VerificationKey(JWK.generate(algorithm: "HS256"))
        #expect(throws: JOSEError.self) { try JWS.verify(text, key: key) }
    }

    @Test("is refused when it names another key or none that is there")
    func names() throws {
        let one = try SigningKey(JWK.generate(algorithm: "ES256", kid: "one"))
        let two = try JWK.generate(algorithm: "ES256", kid: "two")
        let token = try JWS.sign(payload: [], key: one)
        #expect(throws: JOSEError(.keyMismatch, "")) { try JWS.verify(token, key: VerificationKey(two)) }
        #expect(throws: JOSEError(.keyNotFound, "")) {
            try JWS.verify(token, keys: KeyDirectory([VerificationKey(two)]))
        }
        let nameless = try self.token(header: #"{"alg":"ES256"}"#, key: one)
        #expect(throws: JOSEError(.keyNotFound, "")) {
            try JWS.verify(nameless, keys: KeyDirectory([VerificationKey(of: one)]))
        }
        #expect(throws: Never.self) { try JWS.verify(nameless, key: VerificationKey(of: one)) }
    }

    @Test("is refused beyond its bounds, before anything is decoded")
    func bounds() throws {
        let key = try SigningKey(JWK.generate(algorithm: "HS256"))
        let token = try JWS.sign(payload: [UInt8](repeating: 65, count: 100), key: key)
        let exact = TokenLimits(tokenBytes: token.utf8.count, headerBytes: 1000)
        #expect(throws: Never.self) { try JWS.verify(token, key: VerificationKey(of: key), limits: exact) }
        let short = TokenLimits(tokenBytes: token.utf8.count - 1, headerBytes: 1000)
        #expect(throws: JOSEError(.tokenTooLarge, "")) {
            try JWS.verify(token, key: VerificationKey(of: key), limits: short)
        }
        let narrow = TokenLimits(tokenBytes: 10_000, headerBytes: 10)
        #expect(throws: JOSEError(.tokenTooLarge, "")) {
            try JWS.verify(token, key: VerificationKey(of: key), limits: narrow)
        }
    }

    @Test("does not let the caller set what the key decides", arguments: ["alg", "crit", "b64", "zip"])
    func reserved(name: String) throws {
        let key = try SigningKey(JWK.generate(algorithm: "HS256"))
        #expect(throws: JOSEError(.headerInvalid, "")) { try JWS.sign(payload: [], header: [name: "x"], key: key) }
    }

    @Test("of ECDSA is refused when its signature is zero, of the wrong length or in DER")
    func ecdsa() throws {
        let key = try SigningKey(JWK.generate(algorithm: "ES256"))
        let verification = try VerificationKey(of: key)
        let message = octets("message")
        let good = try key.sign(message.span)
        #expect(verification.accepts(good, over: message))
        for count in [0, 1, 63, 64, 65, 72, 128] {
            #expect(!verification.accepts([UInt8](repeating: 0, count: count), over: message))
        }
        #expect(!verification.accepts(good + [0], over: message))
        let der: [UInt8] = [0x30, 0x44, 0x02, 0x20] + good.prefix(32) + [0x02, 0x20] + good.suffix(32)
        #expect(!verification.accepts(der, over: message))
    }
}
