import HTTPTypes
import JOSE
import KeyManagement
import Monitoring
import Resources
import Store
import Testing

@testable import AuthorizationServer

@Suite("RFC 7523: private_key_jwt")
struct ClientAssertionTests {
    private static let type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

    /// A server with the client `signer` and the keys it signs with.
    private struct Fixture {
        let issuer: Issuer
        let key: JWK
        let other: JWK

        init() async throws {
            key = try JWK.generate(algorithm: "ES256", kid: "k1")
            other = try JWK.generate(algorithm: "Ed25519", kid: "k2")
            let publicKeys = [try #require(key.publicJWK()), try #require(other.publicJWK())]
            issuer = try await Issuer(documents: Issuer.signer("signer", keys: publicKeys))
        }

        /// Claims that are right, but for what `edit` does to them.
        func claims(_ edit: (inout JSONObject) -> Void = { _ in }) -> JSONObject {
            let now = issuer.clock.now.seconds
            var claims: JSONObject = [
                "iss": "signer", "sub": "signer", "aud": .string(Issuer.url), "exp": .integer(now + 60),
                "iat": .integer(now), "jti": .string("id-\(UInt64.random(in: 0 ... .max))"),
            ]
            edit(&claims)
            return claims
        }

        func sign(_ claims: JSONObject, header: JSONObject = [:], key: JWK? = nil) throws -> String {
            try JWS.sign(payload: claims.serialized(), header: header, key: SigningKey(key ?? self.key))
        }

        func send(_ assertion: String, _ more: [(String, String)] = []) async throws -> Answer {
            try await issuer.token(
                [("client_assertion_type", ClientAssertionTests.type), ("client_assertion", assertion)] + more,
                basic: nil)
        }
    }

    private func expectRefused(_ answer: Answer, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(answer.status == 401, "\(answer.body)", sourceLocation: sourceLocation)
        #expect(answer.error == "invalid_client", sourceLocation: sourceLocation)
    }

    @Test("aud must be one string: the issuer or the token endpoint")
    func audience() async throws {
        let fixture = try await Fixture()
        let bad: [JSONValue?] = [
            nil, "https://other.example", .array([.string(Issuer.url)]),
            .array([.string(Issuer.url), "https://other.example"]),
            .string(Issuer.url + "/"), .string(Issuer.url + "/oauth/introspect"), "", 1,
        ]
        for audience in bad {
            expectRefused(try await fixture.send(fixture.sign(fixture.claims { $0["aud"] = audience })))
        }
        let endpoint = fixture.claims { $0["aud"] = .string(Issuer.url + "/oauth/token") }
        #expect(try await fixture.send(fixture.sign(endpoint)).status == 200)
    }

    @Test("exp is required, not past, and at most five minutes ahead")
    func expiry() async throws {
        let fixture = try await Fixture()
        let now = fixture.issuer.clock.now.seconds
        let bad: [JSONValue?] = [
            nil, .integer(now - 31), .integer(now + 331), .integer(.max), .integer(.min), "1790000060", .number(1e300),
            true,
        ]
        for expiry in bad {
            expectRefused(try await fixture.send(fixture.sign(fixture.claims { $0["exp"] = expiry })))
        }
        for good: JSONValue in [.integer(now - 29), .integer(now + 330), .number(Double(now) + 60.5)] {
            #expect(try await fixture.send(fixture.sign(fixture.claims { $0["exp"] = good })).status == 200)
        }
    }

    @Test("nbf and iat may be a little ahead, not a minute")
    func notBefore() async throws {
        let fixture = try await Fixture()
        let now = fixture.issuer.clock.now.seconds
        for name in ["nbf", "iat"] {
            expectRefused(try await fixture.send(fixture.sign(fixture.claims { $0[name] = .integer(now + 60) })))
            #expect(try await fixture.send(fixture.sign(fixture.claims { $0[name] = .integer(now + 8) })).status == 200)
        }
    }

    @Test("iss and sub must both be the client, and client_id the same if it is sent")
    func names() async throws {
        let fixture = try await Fixture()
        let edits: [(inout JSONObject) -> Void] = [
            { $0["iss"] = nil }, { $0["sub"] = nil }, { $0["iss"] = "reporter" }, { $0["sub"] = "reporter" },
            {
                $0["iss"] = "nobody"; $0["sub"] = "nobody"
            }, { $0["sub"] = 1 },
        ]
        for edit in edits { expectRefused(try await fixture.send(fixture.sign(fixture.claims(edit)))) }
        expectRefused(try await fixture.send(fixture.sign(fixture.claims()), [("client_id", "reporter")]))
        #expect(try await fixture.send(fixture.sign(fixture.claims()), [("client_id", "signer")]).status == 200)
    }

    @Test("jti is required and works once, also for another server process on the same store")
    func replay() async throws {
        let fixture = try await Fixture()
        expectRefused(try await fixture.send(fixture.sign(fixture.claims { $0["jti"] = nil })))
        expectRefused(
            try await fixture.send(
                fixture.sign(fixture.claims { $0["jti"] = .string(String(repeating: "a", count: 257)) })))
        let assertion = try fixture.sign(fixture.claims())
        #expect(try await fixture.send(assertion).status == 200)
        expectRefused(try await fixture.send(assertion))
        // Remembered while it would be good, forgotten by purging only after.
        fixture.issuer.clock.advance(seconds: 85)
        await fixture.issuer.server.purge()
        expectRefused(try await fixture.send(assertion))
        fixture.issuer.clock.advance(seconds: 300)
        await fixture.issuer.server.purge()
        let rows = try await fixture.issuer.database.read { try $0.query("SELECT * FROM used_assertion") }
        #expect(rows.isEmpty)
        expectRefused(try await fixture.send(assertion))
    }

    @Test("an assertion used ten times at once is taken once")
    func race() async throws {
        let fixture = try await Fixture()
        let assertion = try fixture.sign(fixture.claims())
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<10 { group.addTask { try await fixture.send(assertion).status } }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses.count { $0 == 200 } == 1)
        #expect(statuses.count { $0 == 401 } == 9)
    }

    @Test("the key is the one that kid names: no trial of others, none of another client's")
    func keys() async throws {
        let fixture = try await Fixture()
        let stranger = try JWK.generate(algorithm: "ES256", kid: "k1")
        expectRefused(try await fixture.send(fixture.sign(fixture.claims(), key: stranger)))
        expectRefused(try await fixture.send(fixture.sign(fixture.claims(), header: ["kid": "k2"])))
        expectRefused(try await fixture.send(fixture.sign(fixture.claims(), header: ["kid": "k3"])))
        expectRefused(try await fixture.send(fixture.sign(fixture.claims(), header: ["kid": 1])))
        let nameless = try JWK(fixture.key.object(includingPrivate: true).without("kid"))
        expectRefused(try await fixture.send(fixture.sign(fixture.claims(), key: nameless)))
        #expect(try await fixture.send(fixture.sign(fixture.claims(), key: fixture.other)).status == 200)
    }

    @Test("a client's only key without kid fits an assertion without kid, and no other")
    func onlyKey() async throws {
        let key = try JWK(JWK.generate(algorithm: "ES256").object(includingPrivate: true).without("kid"))
        let fixture = try await Fixture()
        try await fixture.issuer.apply(
            String(Issuer.signer("lone", keys: [try #require(key.publicJWK())]).dropFirst(5)))
        let claims = fixture.claims {
            $0["iss"] = "lone"; $0["sub"] = "lone"
        }
        expectRefused(try await fixture.send(fixture.sign(claims, header: ["kid": "x"], key: key)))
        #expect(try await fixture.send(fixture.sign(claims, key: key)).status == 200)
    }

    @Test("unsigned, MACed with the public key, and tampered assertions are refused")
    func forged() async throws {
        let fixture = try await Fixture()
        let right = try fixture.sign(fixture.claims())
        let parts = right.split(separator: ".").map(String.init)
        let payload = parts[1]
        for header in [
            "{\"alg\":\"none\"}", "{\"alg\":\"none\",\"kid\":\"k1\"}", "{\"alg\":\"NONE\"}", "{}", "[]", "{\"alg\":1}",
        ] {
            let text = Base64URL.encode(Array(header.utf8)) + "." + payload + "."
            expectRefused(try await fixture.send(text))
        }
        let publicText = try #require(fixture.key.publicJWK()).serialized(includingPrivate: false)
        let mac = try JWK(["kty": "oct", "k": .string(Base64URL.encode(publicText)), "kid": "k1", "alg": "HS256"])
        expectRefused(try await fixture.send(fixture.sign(fixture.claims(), key: mac)))
        let changed = Base64URL.encode(
            fixture.claims { $0["exp"] = .integer(fixture.issuer.clock.now.seconds + 200) }.serialized())
        expectRefused(try await fixture.send("\(parts[0]).\(changed).\(parts[2])"))
        for text in [
            "", ".", "..", "a.b.c", right + ".x", right + "=", right + "\n", " " + right, String(right.dropLast(2)),
            parts[0] + "." + parts[1], String(repeating: "a", count: 9000),
        ] {
            let answer = try await fixture.send(text)
            #expect([400, 401].contains(answer.status), "\(text)")
        }
        #expect(try await fixture.send(right).status == 200)
    }

    @Test("a token made for another purpose is no assertion", arguments: ["at+jwt", "dpop+jwt", "application/at+jwt"])
    func types(type: String) async throws {
        let fixture = try await Fixture()
        expectRefused(try await fixture.send(fixture.sign(fixture.claims(), header: ["typ": .string(type)])))
        for good in ["JWT", "client-authentication+jwt"] {
            #expect(
                try await fixture.send(fixture.sign(fixture.claims(), header: ["typ": .string(good)])).status == 200)
        }
    }

    @Test("assertion and type come together, and the type is the one of JWTs")
    func typeParameter() async throws {
        let fixture = try await Fixture()
        let assertion = try fixture.sign(fixture.claims())
        let forms = [
            [("client_assertion", assertion)], [("client_assertion_type", Self.type)],
            [
                ("client_assertion", assertion),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"),
            ],
        ]
        for form in forms {
            let answer = try await fixture.issuer.token(form, basic: nil)
            #expect(answer.status == 400)
            #expect(answer.error == "invalid_request")
        }
    }

    @Test("a client with a secret can't use an assertion, and one with keys no secret")
    func otherWay() async throws {
        let fixture = try await Fixture()
        expectRefused(
            try await fixture.send(
                fixture.sign(
                    fixture.claims {
                        $0["iss"] = "reporter"; $0["sub"] = "reporter"
                    })))
        let basic = Issuer.basic("signer", "")
        expectRefused(try await fixture.issuer.post("/oauth/token", [], headers: [.authorization: basic]))
    }

    @Test("a disabled client's assertion is refused")
    func disabled() async throws {
        let fixture = try await Fixture()
        let keys = [try #require(fixture.key.publicJWK())]
        try await fixture.issuer.apply(
            String(Issuer.signer("signer", keys: keys).dropFirst(5)).replacing("auth:", with: "disabled: true, auth:"))
        expectRefused(try await fixture.send(fixture.sign(fixture.claims())))
    }

    @Test(
        "every asymmetric algorithm of the metadata works",
        arguments: [
            "ES256", "ES384", "ES512", "Ed25519", "RS256", "PS256",
        ])
    func algorithms(algorithm: String) async throws {
        let key = try JWK.generate(algorithm: algorithm, kid: "k")
        let issuer = try await Issuer(documents: Issuer.signer("signer", keys: [try #require(key.publicJWK())]))
        let now = issuer.clock.now.seconds
        let claims: JSONObject = [
            "iss": "signer", "sub": "signer", "aud": .string(Issuer.url), "exp": .integer(now + 60), "jti": "1",
        ]
        let assertion = try JWS.sign(payload: claims.serialized(), key: SigningKey(key))
        let form = [("client_assertion_type", Self.type), ("client_assertion", assertion)]
        #expect(try await issuer.token(form, basic: nil).status == 200)
    }
}

extension JSONObject {
    func without(_ name: String) -> JSONObject {
        var copy = self
        copy[name] = nil
        return copy
    }
}
