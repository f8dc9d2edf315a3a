import Testing

@testable import JOSE

@Suite("A JWT by a policy")
struct JWTPolicyTests {
    private let signing: SigningKey
    private let verification: VerificationKey
    private let recipient: JWK
    private let decryption = DecryptionPolicy(algorithms: [.ecdhES], contentEncryption: [.a256GCM])

    init() throws {
        signing = try SigningKey(JWK.generate(algorithm: "ES256", kid: "s"))
        verification = try VerificationKey(of: signing)
        recipient = try JWK.generate(algorithm: "ECDH-ES", kid: "e")
    }

    private func policy(
        _ claims: ClaimsPolicy = ClaimsPolicy(), algorithms: Set<SignatureAlgorithm> = [.es256], at now: Int64 = 1000
    ) -> JWTPolicy {
        JWTPolicy(algorithms: algorithms, claims: claims, clock: .fixed(at: now))
    }

    private func code(_ body: () throws(JOSEError) -> VerifiedJWT) -> JOSEError.Code? {
        do throws(JOSEError) {
            _ = try body()
            return nil
        } catch { return error.code }
    }

    @Test("is refused outside of the list of algorithms, however good its signature")
    func algorithms() throws {
        let token = try JWT.sign(claims: ["exp": 2000], key: signing)
        #expect(code { () throws(JOSEError) in try JWT.verify(token, key: verification, policy: policy()) } == nil)
        for algorithms: Set<SignatureAlgorithm> in [[], [.rs256], [.es384, .hs256]] {
            #expect(throws: JOSEError(.algorithmNotAllowed, "")) {
                try JWT.verify(token, key: verification, policy: policy(algorithms: algorithms))
            }
        }
    }

    @Test("is held against the clock that is given")
    func clock() throws {
        let token = try JWT.sign(claims: ["exp": 2000], key: signing)
        #expect(throws: JOSEError(.tokenExpired, "")) {
            try JWT.verify(token, key: verification, policy: policy(at: 2030))
        }
        #expect(throws: Never.self) { try JWT.verify(token, key: verification, policy: policy(at: 2029)) }
        // The system's clock is past 1970 and short of 2^53.
        #expect((1_700_000_000..<(1 << 53)).contains(TokenClock.system.now()))
    }

    @Test("may not be in a JSON serialization, and its payload may not be unencoded")
    func form() throws {
        let claims = octets(#"{"exp":2000}"#)
        let flattened = try JWS.sign(payload: claims, as: .flattened, signers: [JWSSigner(key: signing)])
        #expect(throws: JOSEError.self) { try JWT.verify(flattened, key: verification, policy: policy()) }
        let raw = try JWS.sign(payload: claims, as: .compact, signers: [JWSSigner(key: signing)], isEncoded: false)
        var open = policy()
        open.signature.acceptsUnencodedPayload = true
        #expect(try JWS.verify(raw, key: verification, policy: open.signature).payload == claims)
        #expect(throws: JOSEError(.headerInvalid, "")) { try JWT.verify(raw, key: verification, policy: open) }
    }

    @Test("is opened with both layers told apart")
    func layers() async throws {
        let inner = try JWT.sign(claims: ["exp": 2000, "sub": "a"], type: "at+jwt", key: signing)
        let token = try JWE.encrypt(
            octets(inner), header: ["cty": "JWT"], key: EncryptionKey(recipient), contentEncryption: .a256GCM)
        let claims = ClaimsPolicy(type: "at+jwt")
        let key = try DecryptionKey(recipient)
        let opened = try JWT.open(
            token, decryptionKey: key, verificationKey: verification, decryption: decryption, policy: policy(claims))
        #expect(opened.claims.subject == "a" && opened.keyID == "s" && opened.encryption?.keyID == "e")
        #expect(opened.layers.count == 2 && opened.encryption?.header["cty"] == "JWT")
        let found = try await JWT.open(
            token, decryption: decryption, policy: policy(claims), findDecryptionKey: { _ in key },
            findVerificationKey: { header in header.unverifiedValue.keyID == "s" ? verification : nil })
        #expect(found.claims.subject == "a")
        let directories = try JWT.open(
            token, decryptionKeys: KeyDirectory([key]), verificationKeys: KeyDirectory([verification]),
            decryption: decryption, policy: policy(claims))
        #expect(directories.algorithm == .es256)
        let plain = try await JWT.verify(inner, policy: policy(claims)) { _ in verification }
        #expect(plain.layers.count == 1 && plain.encryption == nil)
        #expect(throws: JOSEError(.typeMismatch, "")) {
            try JWT.open(
                token, decryptionKey: key, verificationKey: verification, decryption: decryption,
                policy: policy(ClaimsPolicy(type: "JWT")))
        }
    }

    @Test("by the preset of access tokens is one of RFC 9068 and nothing less")
    func accessToken() throws {
        let whole: JSONObject = [
            "iss": "i", "aud": "a", "sub": "s", "client_id": "c", "iat": 900, "jti": "j", "exp": 2000,
        ]
        let rules = policy(.accessToken(issuer: "i", audience: "a"))
        func verify(_ claims: JSONObject, _ type: String = "at+jwt") throws(JOSEError) -> VerifiedJWT {
            try JWT.verify(JWT.sign(claims: claims, type: type, key: signing), key: verification, policy: rules)
        }
        #expect(code { () throws(JOSEError) in try verify(whole) } == nil)
        #expect(code { () throws(JOSEError) in try verify(whole, "application/at+jwt") } == nil)
        #expect(code { () throws(JOSEError) in try verify(whole, "JWT") } == .typeMismatch)
        for name in whole.names {
            #expect(code { () throws(JOSEError) in try verify(whole.with(name, nil)) } == .claimMissing)
        }
        #expect(code { () throws(JOSEError) in try verify(whole.with("iss", "x")) } == .issuerMismatch)
        #expect(code { () throws(JOSEError) in try verify(whole.with("aud", "x")) } == .audienceMismatch)
    }

    @Test("has claims that are held against sets, and switches with loud names")
    func sets() throws {
        func code(_ claims: String, _ change: (inout ClaimsPolicy) -> Void) -> JOSEError.Code? {
            var policy = ClaimsPolicy(requiredClaims: [])
            change(&policy)
            do throws(JOSEError) {
                try policy.check(JWTClaims(parsing: octets(claims)), now: 1000)
                return nil
            } catch { return error.code }
        }
        #expect(code(#"{"iss":"b"}"#) { $0.issuers = ["a", "b"] } == nil)
        #expect(code(#"{"iss":"c"}"#) { $0.issuers = ["a", "b"] } == .issuerMismatch)
        #expect(code(#"{"iss":"a"}"#) { $0.issuers = [] } == .issuerMismatch)
        #expect(code(#"{"sub":"b"}"#) { $0.subjects = ["b"] } == nil)
        for claims in [#"{"sub":"bb"}"#, "{}", "{\"sub\":\"\u{212A}\"}"] {
            #expect(code(claims) { $0.subjects = ["b", "K"] } == .subjectMismatch)
        }
        #expect(code(#"{"jti":"b"}"#) { $0.jwtIDs = ["b"] } == nil)
        #expect(code("{}") { $0.jwtIDs = ["b"] } == .jwtIDMismatch)
        #expect(code(#"{"nonce":"b"}"#) { $0.nonces = ["b"] } == nil)
        for claims in [#"{"nonce":1}"#, "{}", #"{"nonce":["b"]}"#, #"{"nonce":"B"}"#] {
            #expect(code(claims) { $0.nonces = ["b"] } == .nonceMismatch)
        }
        #expect(code(#"{"aud":["a","b","c"]}"#) { $0.audience = .all(of: ["a", "b"]) } == nil)
        #expect(code(#"{"aud":["a"]}"#) { $0.audience = .all(of: ["a", "b"]) } == .audienceMismatch)
        #expect(code(#"{"aud":["a"]}"#) { $0.audience = .all(of: []) } == .audienceMismatch)
        #expect(code(#"{"aud":["c"]}"#) { $0.audience = .any(of: ["a", "b"]) } == .audienceMismatch)
        #expect(code(#"{"aud":"b"}"#) { $0.audience = .any(of: ["a", "b"]) } == nil)
        #expect(code(#"{"aud":"b"}"#) { $0.audience = .any(of: []) } == .audienceMismatch)

        #expect(code(#"{"exp":1}"#) { $0.dangerouslyIgnoresExpiration = true } == nil)
        #expect(code(#"{"exp":1,"nbf":2000}"#) { $0.dangerouslyIgnoresExpiration = true } == .tokenNotYetValid)
        #expect(code(#"{"nbf":2000}"#) { $0.dangerouslyIgnoresNotBefore = true } == nil)
        #expect(code(#"{"exp":1,"nbf":2000}"#) { $0.dangerouslyIgnoresNotBefore = true } == .tokenExpired)
        #expect(code(#"{"iat":2000}"#) { $0.dangerouslyIgnoresNotBefore = true } == .tokenNotYetValid)
        #expect(
            code("{}") {
                $0.dangerouslyIgnoresExpiration = true
                $0.requiredClaims = ["exp"]
            } == .claimMissing)
    }

    @Test("shows every check that was asked for with its verdict")
    func examination() throws {
        var rules = ClaimsPolicy(issuer: "a", audience: .only("b"), maxAge: .seconds(10))
        rules.subjects = ["s"]
        let claims = try JWTClaims(parsing: octets(#"{"iss":"a","aud":"c","exp":1,"sub":"s"}"#))
        let verdicts = rules.examine(claims, now: 1000).map { ($0.check, $0.refusal?.code) }
        #expect(verdicts.map(\.0) == [.required, .issuer, .subject, .audience, .expiry, .age])
        #expect(verdicts.map(\.1) == [nil, nil, nil, .audienceMismatch, .tokenExpired, .claimMissing])
    }
}

@Suite("A builder of claims")
struct ClaimsBuilderTests {
    @Test("writes what it was told, by its clock")
    func building() throws {
        let claims = try ClaimsBuilder(["x": 1], clock: .fixed(at: 1000)).issuer("i").subject("s").audience("a", "b")
            .issuedNow().expires(in: .seconds(300)).notBefore(in: .seconds(-10)).jwtID("j").nonce("n")
            .claim("y", true).claim("x", nil).build()
        #expect(
            claims == [
                "iss": "i", "sub": "s", "aud": ["a", "b"], "iat": 1000, "exp": 1300, "nbf": 990, "jti": "j",
                "nonce": "n", "y": true,
            ])
        #expect(
            try ClaimsBuilder().audience("a").expires(at: 5).notBefore(at: 4).build() == [
                "aud": "a", "exp": 5, "nbf": 4,
            ])
        let ids = try (0..<20).map { _ in try ClaimsBuilder().randomJWTID().build()["jti"]?.stringValue }
        #expect(Set(ids).count == 20 && ids.allSatisfy { $0?.utf8.count == 22 })
    }

    @Test("refuses what no claim may be")
    func refusals() {
        let builder = ClaimsBuilder(clock: .fixed(at: 1000))
        for wrong in [
            builder.expires(in: .seconds(-1001)), builder.expires(in: .seconds(Int64.max)), builder.expires(at: -1),
            builder.audience(), builder.claim("iss", 1), builder.claim("aud", [1]),
        ] {
            #expect(throws: JOSEError(.claimInvalid, "")) { try wrong.build() }
        }
    }
}
