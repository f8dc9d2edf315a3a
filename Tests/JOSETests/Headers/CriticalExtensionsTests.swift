import Testing

@testable import JOSE

@Suite("Critical extensions")
struct CriticalExtensionsTests {
    /// Signs octets under a header written by hand.
    private func token(_ header: String, _ key: SigningKey) throws -> String {
        let input = Base64URL.encode(octets(header)) + "." + Base64URL.encode(octets("x"))
        return input + "." + Base64URL.encode(try key.sign(octets(input).span))
    }

    @Test(
        "are refused when crit is no list of extensions of the protected header, or one is not understood",
        arguments: [
            (#""crit":[]"#, .headerInvalid), (#""crit":"x","x":1"#, .headerInvalid), (#""crit":null"#, .headerInvalid),
            (#""crit":{"x":1},"x":1"#, .headerInvalid), (#""crit":[1]"#, .headerInvalid),
            (#""crit":["known","known"],"known":1"#, .headerInvalid), (#""crit":["known"]"#, .headerInvalid),
            (#""crit":["alg"]"#, .headerInvalid), (#""crit":["typ"],"typ":"JWT""#, .headerInvalid),
            (#""crit":["x5t#S256"],"x5t#S256":"a""#, .headerInvalid), (#""crit":["crit"]"#, .headerInvalid),
            (#""crit":["exp"],"exp":1"#, .criticalUnknown),
            (#""crit":["known","x"],"known":1,"x":1"#, .criticalUnknown),
            (#""crit":["KNOWN"],"KNOWN":1"#, .criticalUnknown), (#""crit":["b64"]"#, .headerInvalid),
            (#""crit":["b64"],"b64":"false""#, .headerInvalid), (#""b64":false"#, .headerInvalid),
            (#""crit":["known"],"known":2"#, .claimInvalid),
        ] as [(String, JOSEError.Code)])
    func refused(members: String, code: JOSEError.Code) throws {
        let key = try SigningKey(JWK.generate(algorithm: "HS256"))
        let critical = CriticalExtensions([
            (
                "known",
                { (value, _) throws(JOSEError) in
                    guard value == 1 else { throw JOSEError(.claimInvalid, "") }
                }
            )
        ])
        let policy = SignaturePolicy(algorithms: [.hs256], critical: critical)
        let text = try token("{\"alg\":\"HS256\",\(members)}", key)
        #expect(throws: JOSEError(code, "")) { try JWS.verify(text, key: VerificationKey(of: key), policy: policy) }
    }

    @Test("are accepted when they are understood, in a JWS and in a JWE")
    func understood() throws {
        let critical = CriticalExtensions([("https://x.example/a", { (_, _) in })])
        let jwk = try JWK.generate(algorithm: "HS256")
        let signer = JWSSigner(
            key: try SigningKey(jwk), protected: ["https://x.example/a": 1], critical: ["https://x.example/a"])
        let signed = try JWS.sign(payload: octets("x"), as: .compact, signers: [signer])
        let policy = SignaturePolicy(algorithms: [.hs256], critical: critical)
        #expect(try JWS.verify(signed, key: VerificationKey(jwk), policy: policy).payload == octets("x"))
        #expect(throws: JOSEError(.criticalUnknown, "")) {
            try JWS.verify(signed, key: VerificationKey(jwk), policy: SignaturePolicy(algorithms: [.hs256]))
        }

        let secret = try JWK.generate(algorithm: "A128KW")
        let sealed = try JWE.encrypt(
            octets("x"), as: .compact, recipients: [JWERecipient(key: EncryptionKey(secret))],
            contentEncryption: .a128GCM, protected: ["https://x.example/a": 1], critical: ["https://x.example/a"])
        var decryption = DecryptionPolicy(algorithms: [.a128KW], contentEncryption: [.a128GCM])
        #expect(throws: JOSEError(.criticalUnknown, "")) {
            try JWE.decrypt(sealed, key: DecryptionKey(secret), policy: decryption)
        }
        decryption.critical = critical
        #expect(try JWE.decrypt(sealed, key: DecryptionKey(secret), policy: decryption).plaintext == octets("x"))
    }

    @Test("can't be asked for without their members, or under a registered name")
    func signing() throws {
        let key = try SigningKey(JWK.generate(algorithm: "HS256"))
        for names in [["x"], ["alg"], ["kid"], ["a", "a"]] {
            let signer = JWSSigner(key: key, protected: ["a": 1], critical: names)
            #expect(throws: JOSEError(.headerInvalid, "")) {
                try JWS.sign(payload: [], as: .compact, signers: [signer])
            }
        }
    }
}
