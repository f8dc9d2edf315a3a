import HTTPEngine
import JOSE
import Monitoring
import Problems
import Resources
import Store
import Testing

@testable import Gateway

/// Every way a token can be wrong, with the answer that the client gets.
@Suite struct RefusalTests {
    private func code(_ world: TestWorld, _ fields: [String], line: String = "GET /orders/1") throws -> String {
        let loop = try TestLoop(world)
        guard let answer = loop.answer(line, fields) else { return "forwarded" }
        let problem = try JSONValue(parsing: answer.body)
        #expect(problem["status"]?.integerValue == Int64(answer.status))
        #expect(answer.field("Content-Type") == "application/problem+json")
        return problem["code"]?.stringValue ?? "no code"
    }

    @Test func aGoodTokenPasses() throws {
        for profile in TokenPolicy.Profile.allCases {
            let world = try TestWorld(profile: profile)
            #expect(try code(world, [bearer(world.token())]) == "forwarded")
        }
    }

    @Test func noTokenAndAnotherSchemeAreMissing() throws {
        let world = try TestWorld()
        #expect(try code(world, []) == "token-missing")
        #expect(try code(world, ["Authorization: Basic cmVwb3J0ZXI6eA=="]) == "token-missing")
    }

    @Test func garbageInEveryFormIsTokenInvalid() throws {
        let world = try TestWorld()
        for garbage in ["x", "....", "a.b.c.d.e", "eyJhbGciOiJub25lIn0..", "a.b.c.d.e.f", "=", "%00"] {
            #expect(try code(world, [bearer(garbage)]) == "token-invalid")
        }
    }

    @Test func aSignedTokenThatIsNotEncryptedIsTokenInvalid() throws {
        let world = try TestWorld()
        let token = try JWS.sign(
            payload: TestWorld.claims().serialized(), header: ["typ": "at+jwt"], key: world.issuerKey)
        #expect(try code(world, [bearer(token)]) == "token-invalid")
    }

    @Test func anEncryptedButUnsignedTokenIsTokenInvalid() throws {
        let world = try TestWorld()
        let plain =
            Base64URL.encode(Array(#"{"alg":"none","typ":"at+jwt"}"#.utf8)) + "."
            + Base64URL.encode(TestWorld.claims().serialized()) + "."
        for inside in [Array(plain.utf8), TestWorld.claims().serialized(), []] {
            let token = try JWE.encrypt(
                inside, header: ["cty": "JWT"], key: world.apis[0].encryption, contentEncryption: .a256GCM)
            #expect(try code(world, [bearer(token)]) == "token-invalid")
        }
    }

    @Test func aTokenEncryptedToAnotherApisKeyIsTokenInvalid() throws {
        let world = try TestWorld()
        #expect(try code(world, [bearer(world.token(api: 1))]) == "token-invalid")
    }

    @Test func aTokenReencryptedToAnotherApisKeyIsAudienceMismatch() throws {
        let world = try TestWorld()
        let token = try world.token(TestWorld.claims(for: "https://orders.example"), api: 1)
        #expect(try code(world, [bearer(token)], line: "GET /bills") == "audience-mismatch")
    }

    @Test func severalAudiencesAreAMismatchThoughTheRightOneIsAmongThem() throws {
        let world = try TestWorld()
        for audience in [
            ["https://orders.example", "https://bills.example"], ["https://bills.example"], ["https://orders.example/"],
            ["https://ORDERS.example"],
        ] as [[String]] {
            let claims = TestWorld.claims { $0["aud"] = .array(audience.map { .string($0) }) }
            #expect(try code(world, [bearer(world.token(claims))]) == "audience-mismatch")
        }
    }

    @Test func anUnknownKeyIsTokenInvalidOnBothLayers() throws {
        let world = try TestWorld()
        var other = try TestWorld()
        #expect(try code(world, [bearer(other.token())]) == "token-invalid")
        other.apis[0].encryption = world.apis[0].encryption
        #expect(try code(world, [bearer(other.token())]) == "token-invalid")
    }

    @Test func aChangedOctetInAnyOfTheFivePartsIsTokenInvalid() throws {
        let world = try TestWorld(profile: .symmetric)
        let parts = try world.token().split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        #expect(parts.count == 5)
        for index in parts.indices {
            var changed = parts
            let middle = changed[index].index(changed[index].startIndex, offsetBy: changed[index].count / 2)
            changed[index].replaceSubrange(middle...middle, with: changed[index][middle] == "A" ? "B" : "A")
            #expect(try code(world, [bearer(changed.joined(separator: "."))]) == "token-invalid")
        }
    }

    @Test func anotherTypeOfTokenIsTokenInvalid() throws {
        let world = try TestWorld()
        for type in ["JWT", "id+jwt", "signet-forward+jwt"] {
            #expect(try code(world, [bearer(world.token(type: type))]) == "token-invalid")
        }
    }

    @Test(arguments: [
        ("iss", "token-invalid"), ("aud", "audience-mismatch"), ("exp", "token-invalid"), ("iat", "token-invalid"),
        ("sub", "token-invalid"), ("client_id", "token-invalid"), ("jti", "token-invalid"),
        ("scope", "scope-insufficient"),
    ]) func aMissingClaimIsRefused(claim: String, expected: String) throws {
        let world = try TestWorld(profile: .symmetric)
        let claims = TestWorld.claims { $0[claim] = nil }
        #expect(try code(world, [bearer(world.token(claims))]) == expected)
    }

    @Test func anotherIssuerIsTokenInvalidHoweverAlike() throws {
        let world = try TestWorld(profile: .symmetric)
        for issuer in [TestWorld.issuer + "/", "https://127.0.0.1:8081", ""] {
            let claims = TestWorld.claims { $0["iss"] = .string(issuer) }
            #expect(try code(world, [bearer(world.token(claims))]) == "token-invalid")
        }
    }

    @Test func timesAreJudgedWithLeeway() throws {
        let world = try TestWorld(profile: .symmetric)
        let now = TestWorld.now
        let cases: [(exp: Int64, iat: Int64, nbf: Int64?, expected: String)] = [
            (now - 29, now - 300, nil, "forwarded"), (now - 30, now - 300, nil, "token-expired"),
            (now + 100, now + 30, nil, "forwarded"), (now + 100, now + 31, nil, "token-expired"),
            (now + 100, now, now + 30, "forwarded"), (now + 100, now, now + 31, "token-expired"),
            (now + 86_401, now, nil, "token-invalid"), (now, now, nil, "token-invalid"),
            (1 << 53, now, nil, "token-invalid"),
        ]
        for (exp, iat, nbf, expected) in cases {
            let claims = TestWorld.claims {
                $0["exp"] = .integer(exp)
                $0["iat"] = .integer(iat)
                if let nbf { $0["nbf"] = .integer(nbf) }
            }
            #expect(try code(world, [bearer(world.token(claims))]) == expected, "\(exp - now) \(iat - now)")
        }
    }

    @Test func aMissingScopeIsInsufficientWithAChallengeThatNamesIt() throws {
        let world = try TestWorld()
        let loop = try TestLoop(world)
        let answer = try #require(loop.answer("GET /orders/admin", [bearer(world.token())]))
        #expect(answer.status == 403)
        #expect(
            answer.field("WWW-Authenticate")
                == #"Bearer realm="signet", error="insufficient_scope", scope="orders.read orders.write""#)
    }

    @Test func aTokenInTheQueryIsMalformed() throws {
        let world = try TestWorld()
        let token = try world.token()
        #expect(try code(world, [], line: "GET /orders?access_token=\(token)") == "request-malformed")
        #expect(try code(world, [bearer(token)], line: "GET /orders?access%5ftoken=x") == "request-malformed")
        #expect(try code(world, [], line: "GET /orders/public?access_token=x") == "forwarded")
        #expect(try code(world, [], line: "GET /orders/public?access_token=\(token)") == "request-malformed")
    }

    @Test func twoCredentialsAreMalformed() throws {
        let world = try TestWorld()
        let token = try world.token()
        #expect(try code(world, [bearer(token), bearer(token)]) == "request-malformed")
    }

    @Test func anEscapedTokenInAPublicRoutesQueryIsFoundToo() throws {
        let world = try TestWorld()
        let token = try world.token().replacing(".", with: "%2e")
        #expect(try code(world, [], line: "GET /orders/public?a=b&access_token=\(token)") == "request-malformed")
    }

    /// RFC 6750 section 3.1: what went wrong with the credential, and no error where none was sent.
    @Test func theChallengeFitsTheCase() throws {
        let world = try TestWorld()
        let token = try world.token()
        func challenge(_ line: String, _ fields: [String]) throws -> String? {
            try #require(try TestLoop(world).answer(line, fields)).field("WWW-Authenticate")
        }
        #expect(try challenge("GET /orders", []) == #"Bearer realm="signet""#)
        #expect(try challenge("GET /orders", ["Authorization: Basic eDp5"]) == #"Bearer realm="signet""#)
        let invalidRequest = #"Bearer realm="signet", error="invalid_request""#
        #expect(try challenge("GET /orders", [bearer(token), bearer(token)]) == invalidRequest)
        #expect(try challenge("GET /orders?access_token=x", []) == invalidRequest)
        #expect(try challenge("GET /orders", [bearer("x")])?.contains(#"error="invalid_token""#) == true)
        #expect(try challenge("GET /orders/../x", []) == nil)
    }

    @Test func aTokenBeyondTheLimitIsTokenInvalid() throws {
        let world = try TestWorld()
        #expect(try code(world, [bearer(String(repeating: "a", count: 16_385))]) == "token-invalid")
        #expect(try code(world, [bearer(String(repeating: ".", count: 16_000))]) == "token-invalid")
    }

    @Test func unknownRoutesAndMethodsAreNotFoundAndAmbiguousPathsMalformed() throws {
        let world = try TestWorld()
        #expect(try code(world, [], line: "GET /") == "route-not-found")
        #expect(try code(world, [], line: "GET /ordersx") == "route-not-found")
        #expect(try code(world, [], line: "DELETE /orders/1") == "route-not-found")
        for path in ["/orders/../bills", "/orders//1", "/orders/%2e%2e/x", "/orders%2f1", "/orders/%00"] {
            #expect(try code(world, [], line: "GET \(path)") == "request-malformed")
        }
        #expect(try code(world, [], line: "OPTIONS *") == "request-malformed")
    }

    @Test func aPublicRouteUnderAGuardedOneIsReachedByItsOwnPathOnly() throws {
        let world = try TestWorld()
        #expect(try code(world, [], line: "GET /orders/public/x") == "forwarded")
        #expect(try code(world, [], line: "GET /orders/publicx") == "token-missing")
        #expect(try code(world, [], line: "GET /orders/public/../1") == "request-malformed")
        #expect(try code(world, [], line: "GET /orders/public/..%2f1") == "request-malformed")
    }

    @Test func aStaleSnapshotClosesGuardedRoutesOnly() throws {
        var world = try TestWorld()
        world.isStale = true
        #expect(try code(world, [bearer(world.token())]) == "keys-unavailable")
        #expect(try code(world, [], line: "GET /orders/public") == "forwarded")
    }

    @Test func theAnswerNeverTellsThePreciseReason() throws {
        let world = try TestWorld()
        let loop = try TestLoop(world)
        let answers = try ["x", world.token(api: 1), world.token(type: "JWT")].map {
            try #require(loop.answer("GET /orders", [bearer($0)]))
        }
        let bodies = Set(answers.map { $0.text.replacing($0.field("X-Request-Id") ?? "", with: "ID") })
        #expect(bodies.count == 1)
        #expect(Set(answers.map { $0.field("WWW-Authenticate") }).count == 1)
        #expect(loop.usage.refusals.take().records.map(\.reason).count == 3)
    }
}
