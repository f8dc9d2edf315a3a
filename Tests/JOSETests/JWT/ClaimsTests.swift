import Testing

@testable import JOSE

@Suite("Claims")
struct ClaimsTests {
    @Test(
        "are refused when a registered one is of the wrong type",
        arguments: [
            #"{"iss":1}"#, #"{"iss":["a"]}"#, #"{"iss":null}"#, #"{"sub":{}}"#, #"{"sub":["a"]}"#, #"{"jti":1}"#,
            #"{"aud":[]}"#, #"{"aud":1}"#, #"{"aud":["a",1]}"#, #"{"aud":{"a":1}}"#, #"{"aud":null}"#,
            #"{"aud":[["a"]]}"#, #"{"scope":["a"]}"#, #"{"client_id":1}"#,
            #"{"exp":"1"}"#, #"{"exp":null}"#, #"{"exp":-1}"#, #"{"exp":9007199254740993}"#, #"{"exp":1e300}"#,
            #"{"exp":[1]}"#, #"{"exp":true}"#, #"{"nbf":"x"}"#, #"{"iat":{}}"#, #"{"exp":99999999999999999999}"#,
            #"{"\u0065xp":"1"}"#, "[]", "1", #""x""#,
        ]
    )
    func types(text: String) {
        #expect(throws: JOSEError(.claimInvalid, "")) { try JWTClaims(parsing: octets(text)) }
    }

    @Test("are read")
    func reading() throws {
        let claims = try JWTClaims(
            parsing: octets(
                #"""
                {"iss":"i","sub":"s","aud":["a","b"],"exp":10.9,"nbf":10.1,"iat":1e1,"jti":"j","scope":"x y",
                 "client_id":"c","other":{"deep":[1,2]},"\u0065xtra":true}
                """#
            ))
        #expect(claims.issuer == "i" && claims.subject == "s" && claims.audience == ["a", "b"])
        #expect(claims.expiresAt == 10 && claims.notBefore == 11 && claims.issuedAt == 10)
        #expect(claims.jwtID == "j" && claims.scope == "x y" && claims.clientID == "c")
        #expect(claims["other"]?["deep"] == [1, 2] && claims["extra"] == true && claims["none"] == nil)
        #expect(claims.has("extra") && !claims.has("none"))
        #expect(try JWTClaims(parsing: octets(#"{"aud":"a"}"#)).audience == ["a"])
        #expect(try JWTClaims(parsing: octets("{}")).audience == [])
    }

    private func check(_ text: String, _ policy: ClaimsPolicy, at now: Int64 = 1_000) throws {
        try policy.check(JWTClaims(parsing: octets(text)), now: now)
    }

    @Test(
        "are refused by a policy that they do not meet",
        arguments: [
            (#"{}"#, .claimMissing), (#"{"exp":970}"#, .tokenExpired), (#"{"exp":1}"#, .tokenExpired),
            (#"{"exp":2000,"nbf":1031}"#, .tokenNotYetValid), (#"{"exp":2000,"iat":1031}"#, .tokenNotYetValid),
            (#"{"exp":2000,"nbf":9007199254740992}"#, .tokenNotYetValid),
        ] as [(String, JOSEError.Code)]
    )
    func times(text: String, code: JOSEError.Code) {
        #expect(throws: JOSEError(code, "")) { try check(text, ClaimsPolicy()) }
    }

    @Test("are good to the second, with the leeway and without")
    func edges() throws {
        #expect(throws: Never.self) { try check(#"{"exp":971}"#, ClaimsPolicy()) }
        #expect(throws: Never.self) { try check(#"{"exp":2000,"nbf":1030,"iat":1030}"#, ClaimsPolicy()) }
        #expect(throws: JOSEError(.tokenExpired, "")) { try check(#"{"exp":1000}"#, ClaimsPolicy(leeway: .seconds(0))) }
        #expect(throws: Never.self) { try check(#"{"exp":1001}"#, ClaimsPolicy(leeway: .seconds(0))) }
    }

    @Test("of a clock or a policy at the ends of their ranges do not overflow")
    func extremes() {
        for now in [Int64.min, -1, 0, Int64.max] {
            for leeway in [Int64.min, 0, Int64.max] {
                for age in [Int64.min, 0, Int64.max] {
                    let policy = ClaimsPolicy(leeway: .seconds(leeway), maxAge: .seconds(age))
                    for text in [
                        #"{"exp":0,"nbf":0,"iat":0}"#,
                        #"{"exp":9007199254740992,"nbf":9007199254740992,"iat":9007199254740992}"#,
                    ] {
                        _ = try? check(text, policy, at: now)
                    }
                }
            }
        }
    }

    @Test("are for the one audience or for one of several, exactly")
    func audience() throws {
        func audience(_ text: String, _ rule: ClaimsPolicy.Audience) throws {
            try check(#"{"exp":2000,"aud":\#(text)}"#, ClaimsPolicy(audience: rule))
        }
        #expect(throws: Never.self) { try audience(#""a""#, .only("a")) }
        #expect(throws: Never.self) { try audience(#"["a"]"#, .only("a")) }
        #expect(throws: Never.self) { try audience(#"["b","a"]"#, .includes("a")) }
        for text in [#""A""#, #""a ""#, #"["a","b"]"#, #"["a","a"]"#, #""aa""#, #""""#, "\"\u{212A}\""] {
            #expect(throws: JOSEError(.audienceMismatch, "")) { try audience(text, .only("a")) }
        }
        #expect(throws: JOSEError(.audienceMismatch, "")) { try audience("\"\u{212A}\"", .only("K")) }
        #expect(throws: JOSEError(.audienceMismatch, "")) { try audience(#"["b","c"]"#, .includes("a")) }
        #expect(throws: JOSEError(.audienceMismatch, "")) {
            try check(#"{"exp":2000}"#, ClaimsPolicy(audience: .only("a")))
        }
    }

    @Test("are from the issuer, of age, and complete")
    func others() {
        let policy = ClaimsPolicy(issuer: "https://as.example", requiredClaims: ["exp", "jti"], maxAge: .seconds(60))
        let good = #"{"exp":2000,"iss":"https://as.example","jti":"1","iat":950}"#
        #expect(throws: Never.self) { try check(good, policy) }
        #expect(throws: JOSEError(.tokenTooOld, "")) { try check(good, policy, at: 1_041) }
        #expect(throws: JOSEError(.claimMissing, "")) {
            try check(#"{"exp":2000,"iss":"https://as.example","jti":"1"}"#, policy)
        }
        #expect(throws: JOSEError(.claimMissing, "")) {
            try check(#"{"exp":2000,"iss":"https://as.example","iat":950}"#, policy)
        }
        for issuer in ["https://as.example/", "https://as.exampl", "HTTPS://as.example", ""] {
            #expect(throws: JOSEError(.issuerMismatch, "")) {
                try check(#"{"exp":2000,"iss":"\#(issuer)","jti":"1","iat":950}"#, policy)
            }
        }
        #expect(throws: JOSEError(.issuerMismatch, "")) { try check(#"{"exp":2000,"jti":"1","iat":950}"#, policy) }
    }
}

@Suite("A signed JWT")
struct JWTTests {
    @Test("is verified with its claims and its type")
    func verification() throws {
        let key = try SigningKey(JWK.generate(algorithm: "ES256"))
        let verification = try VerificationKey(of: key)
        let token = try JWT.sign(claims: ["iss": "a", "exp": 2000], type: "at+jwt", key: key)
        let policy = ClaimsPolicy(issuer: "a", type: "at+jwt")
        let verified = try JWT.verify(token, key: verification, policy: policy, now: 1000)
        #expect(verified.claims.issuer == "a" && verified.keyID == key.kid)
        #expect(throws: JOSEError(.tokenExpired, "")) {
            try JWT.verify(token, key: verification, policy: policy, now: 3000)
        }
        for type in ["JWT", "AT+JWT", "at+jwt ", "application/jwt"] {
            #expect(throws: JOSEError(.typeMismatch, "")) {
                try JWT.verify(token, key: verification, policy: ClaimsPolicy(type: type), now: 1000)
            }
        }
        let long = try JWT.sign(claims: ["exp": 2000], type: "application/at+jwt", key: key)
        #expect(throws: Never.self) {
            try JWT.verify(long, key: verification, policy: ClaimsPolicy(type: "at+jwt"), now: 1000)
        }
        let untyped = try JWT.sign(claims: ["exp": 2000], type: nil, key: key)
        #expect(throws: JOSEError(.typeMismatch, "")) {
            try JWT.verify(untyped, key: verification, policy: ClaimsPolicy(type: "JWT"), now: 1000)
        }
        #expect(throws: JOSEError(.claimInvalid, "")) { try JWT.sign(claims: octets("[]"), key: key) }
    }

    @Test("can be looked at without its key, under a name that says so")
    func unverified() throws {
        let key = try SigningKey(JWK.generate(algorithm: "HS256"))
        let token = try JWT.sign(claims: ["sub": "s"], key: key)
        #expect(try JWT.decodeUnverified(token).unverifiedValue.claims.subject == "s")
        #expect(try JWT.decodeUnverifiedHeader(token).unverifiedValue["typ"] == "JWT")
        let encrypted = try TokenKeys(.symmetric).seal()
        #expect(try JWT.decodeUnverifiedHeader(encrypted).unverifiedValue["cty"] == "JWT")
        #expect(throws: JOSEError(.tokenMalformed, "")) { try JWT.decodeUnverified(encrypted) }
    }
}
