import Testing

@testable import JOSE

/// Tokens that try to choose the key, or its kind, by which they are checked.
@Suite("A token chooses no key")
struct KeyConfusionTests {
    private let policy = SignaturePolicy(algorithms: Set(SignatureAlgorithm.allCases))
    private let claims: JSONObject = ["sub": "admin", "exp": 4_000_000_000]

    @Test(
        "RS/HS confusion: no text of a public key is a secret to check by",
        arguments: ["RS256", "PS256", "ES256", "ES512", "Ed25519", "ML-DSA-65"])
    func publicKeyAsSecret(algorithm: String) throws {
        let pair = try JWK.generate(algorithm: algorithm, kid: "k")
        let publicHalf = try #require(pair.publicJWK())
        let key = try VerificationKey(publicHalf)
        let directory = try KeyDirectory([key])
        var texts = [publicHalf.serialized(includingPrivate: false), pair.thumbprint().utf8.map { $0 }]
        if algorithm != "ML-DSA-65" {
            let pem = try publicHalf.pem(.subjectPublicKeyInfo)
            let windows = octets(String(decoding: pem, as: UTF8.self).replacing("\n", with: "\r\n"))
            texts += [pem, pem.dropLast(), octets(" ") + pem, pem + octets("\n"), windows]
            texts.append(try publicHalf.der(.subjectPublicKeyInfo))
        }
        for text in texts {
            for hash in [SignatureAlgorithm.hs256, .hs384, .hs512] {
                let secret = text + [UInt8](repeating: 0, count: max(0, hash.digestBytes - text.count))
                let forger = try SigningKey(
                    JWK(["kty": "oct", "kid": "k", "k": .string(Base64URL.encode(secret))]), algorithm: hash)
                let token = try JWT.sign(claims: claims, key: forger)
                #expect(throws: JOSEError(.algorithmNotAllowed, "")) { try JWS.verify(token, key: key) }
                #expect(throws: JOSEError(.algorithmNotAllowed, "")) { try JWS.verify(token, keys: directory) }
                #expect(throws: JOSEError(.algorithmNotAllowed, "")) { try JWS.verify(token, key: key, policy: policy) }
                #expect(throws: JOSEError(.algorithmNotAllowed, "")) {
                    try JWS.verify(token, keys: directory, policy: policy)
                }
            }
        }
        #expect(throws: JOSEError(.keyAmbiguous, "")) {
            try KeyDirectory([key, VerificationKey(JWK.generate(algorithm: "HS256", kid: "h"))])
        }
    }

    @Test("RS/HS confusion inside a JWE: the inner token is checked by the same rule")
    func publicKeyAsSecretInside() throws {
        let issuer = try JWK.generate(algorithm: "ES256", kid: "k")
        let recipient = try JWK.generate(algorithm: "ECDH-ES", kid: "e")
        let pem = try #require(issuer.publicJWK()).pem(.subjectPublicKeyInfo)
        let forger = try SigningKey(
            JWK(["kty": "oct", "kid": "k", "k": .string(Base64URL.encode(pem))]), algorithm: .hs256)
        let inner = try JWT.sign(claims: claims, type: "at+jwt", key: forger)
        let token = try JWE.encrypt(
            octets(inner), header: ["cty": "JWT"], key: EncryptionKey(recipient), contentEncryption: .a256GCM)
        let (opening, checking) = (
            try KeyDirectory([DecryptionKey(recipient)]), try KeyDirectory([VerificationKey(issuer)])
        )
        #expect(throws: JOSEError(.algorithmNotAllowed, "")) {
            try JWT.open(
                token, decryptionKeys: opening, verificationKeys: checking,
                decryption: DecryptionPolicy(algorithms: [.ecdhES], contentEncryption: [.a256GCM]),
                policy: JWTPolicy(algorithms: Set(SignatureAlgorithm.allCases)))
        }
        #expect(throws: JOSEError(.algorithmNotAllowed, "")) {
            try NestedToken.open(
                token, decryptionKeys: opening, verificationKeys: checking, contentEncryption: [.a256GCM])
        }
    }

    @Test("embedded keys: jwk, x5c, jku and x5u in a header choose none")
    func embedded() throws {
        let ours = try VerificationKey(JWK.generate(algorithm: "ES256", kid: "k"))
        let theirs = try JWK.generate(algorithm: "ES256", kid: "k")
        let publicHalf = try #require(theirs.publicJWK()).object(includingPrivate: false)
        for header in [
            ["jwk": .object(publicHalf)], ["jku": "https://evil.example/jwks"], ["x5u": "https://evil.example/pem"],
            ["x5c": ["MIIB"]], ["jku": "file:///etc/keys"],
        ] as [JSONObject] {
            let token = try JWT.sign(claims: claims, header: header, key: SigningKey(theirs))
            #expect(throws: JOSEError(.signatureInvalid, "")) { try JWS.verify(token, key: ours) }
            #expect(throws: JOSEError(.signatureInvalid, "")) { try JWS.verify(token, keys: KeyDirectory([ours])) }
            #expect(throws: JOSEError(.signatureInvalid, "")) { try JWS.verify(token, key: ours, policy: policy) }
        }
    }

    @Test("kid injection: a name is compared octet by octet, bounded, and leads nowhere else")
    func names() throws {
        let key = try VerificationKey(JWK.generate(algorithm: "ES256", kid: "caf\u{e9}"))
        let directory = try KeyDirectory([key])
        let forger = try SigningKey(JWK.generate(algorithm: "ES256"))
        for kid in [
            "", "../../dev/null", "' OR '1'='1", "caf\u{e9}\u{0}", "cafe\u{301}", "Caf\u{e9}", " caf\u{e9}",
            "caf%C3%A9",
            "file:///dev/null", String(repeating: "k", count: 5000),
        ] {
            let token = try JWT.sign(claims: claims, header: ["kid": .string(kid)], key: forger)
            #expect(throws: JOSEError(.keyNotFound, ""), "\(kid)") { try JWS.verify(token, keys: directory) }
            #expect(throws: JOSEError(.keyNotFound, "")) { try JWS.verify(token, keys: directory, policy: policy) }
            #expect(throws: JOSEError(.keyMismatch, "")) { try JWS.verify(token, key: key) }
        }
        for kid in [1, ["caf\u{e9}"], .null] as [JSONValue] {
            let token = try JWT.sign(claims: claims, header: ["kid": kid], key: forger)
            #expect(throws: JOSEError(.headerInvalid, "")) { try JWS.verify(token, keys: directory) }
        }
        let nameless = try JWK(
            JWK.generate(algorithm: "ES256").object(includingPrivate: true).with("kid", nil))
        let token = try JWT.sign(claims: claims, key: SigningKey(nameless))
        #expect(throws: JOSEError(.keyNotFound, "")) { try JWS.verify(token, keys: directory) }
        let long = try JWK.generate(algorithm: "ES256").object(includingPrivate: true)
            .with("kid", .string(String(repeating: "k", count: 513)))
        #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(long) }
    }

    @Test("verify cache: a token that was accepted vouches for no other, and not for itself later")
    func cache() throws {
        let signing = try JWK.generate(algorithm: "HS256", kid: "s")
        let keys = try KeyDirectory([VerificationKey(signing)])
        let good = try JWT.sign(claims: ["sub": "alice", "aud": "a", "exp": 2000], key: SigningKey(signing))
        let parts = good.split(separator: ".").map(String.init)
        var policy = JWTPolicy(
            algorithms: [.hs256], claims: ClaimsPolicy(audience: .only("a")), clock: .fixed(at: 1000))
        #expect(try JWT.verify(good, keys: keys, policy: policy).claims.subject == "alice")
        let other = Base64URL.encode(octets(#"{"sub":"admin","aud":"a","exp":2000}"#))
        let zero = Base64URL.encode([UInt8](repeating: 0, count: 32))
        for forged in ["\(parts[0]).\(other).\(parts[2])", "\(parts[0]).\(parts[1]).\(zero)"] {
            #expect(throws: JOSEError(.signatureInvalid, "")) { try JWT.verify(forged, keys: keys, policy: policy) }
        }
        #expect(throws: JOSEError(.tokenMalformed, "")) { try JWT.verify(good + ".", keys: keys, policy: policy) }
        policy.clock = .fixed(at: 2030)
        #expect(throws: JOSEError(.tokenExpired, "")) { try JWT.verify(good, keys: keys, policy: policy) }
        policy.clock = .fixed(at: 1000)
        policy.claims.audience = .only("b")
        #expect(throws: JOSEError(.audienceMismatch, "")) { try JWT.verify(good, keys: keys, policy: policy) }
        let replaced = try KeyDirectory([VerificationKey(JWK.generate(algorithm: "HS256", kid: "s"))])
        policy.claims.audience = .only("a")
        #expect(throws: JOSEError(.signatureInvalid, "")) { try JWT.verify(good, keys: replaced, policy: policy) }
    }
}
