import HTTPEngine
import JOSE
import Resources
import Testing

@testable import Gateway

@Suite struct ForwarderTests {
    private func lines(_ head: String?) throws -> [String] {
        try #require(head).components("\r\n")
    }

    @Test func theUpstreamGetsTheIdentityAndNeverTheToken() throws {
        var world = try TestWorld()
        world.apis[0].spec.claims = ["tier", "none"]
        let claims = TestWorld.claims {
            $0["sub"] = "Jö, x\r\nX-Admin: 1"
            $0["scope"] = "orders.read orders.write"
            $0["tier"] = ["gold"]
        }
        let token = try world.token(claims)
        let head = try TestLoop(world).forwarded("GET /orders/1?q=1", [bearer(token), "Accept: */*"])
        let lines = try lines(head)
        #expect(lines.first == "GET /orders/1?q=1 HTTP/1.1")
        #expect(lines.contains("X-Signet-Subject: J%C3%B6%2C%20x%0D%0AX-Admin%3A%201"))
        #expect(lines.contains("X-Signet-Client: reporter"))
        #expect(lines.contains("X-Signet-Scope: orders.read orders.write"))
        #expect(lines.contains("X-Signet-Claims: \(Base64URL.encode(Array(#"{"tier":["gold"]}"#.utf8)))"))
        #expect(lines.contains("Accept: */*"))
        #expect(lines.contains("Host: 127.0.0.1:9"))
        #expect(head?.lowercased().contains("authorization") == false)
        #expect(head?.contains(token) == false)
    }

    @Test func everySpellingOfAnIdentityFieldIsDroppedGuardedOrNot() throws {
        let world = try TestWorld()
        let tricks = [
            "X-Signet-Subject: root", "x_signet_subject: root", "X-SIGNET-Claims: e30", "X-Signet_Anything: root",
            "Connection: X-Signet-Subject", "X-Forwarded-For: 1.2.3.4", "x_forwarded_for: 1.2.3.4",
            "X-Forwarded-Host: evil", "X-Forwarded-Proto: evil", "Forwarded: for=1.2.3.4", "X-Real-IP: 1.2.3.4",
            "X-Original-URL: /admin", "X-HTTP-Method-Override: DELETE",
        ]
        let guarded = try TestLoop(world).forwarded("GET /orders", tricks + [bearer(world.token())])
        let open = try TestLoop(world).forwarded("GET /orders/public", tricks)
        for head in [guarded, open] {
            let text = try #require(head)
            #expect(!text.contains("root") && !text.contains("evil") && !text.contains("1.2.3.4"))
            #expect(!text.contains("DELETE") && !text.contains("/admin"))
        }
        #expect(try lines(guarded).filter { $0.lowercased().hasPrefix("x-signet-subject:") }.count == 1)
        #expect(try #require(open).lowercased().contains("x-signet") == false)
    }

    @Test func forwardedFieldsTellTheConnectionAndTheRequest() throws {
        let lines = try lines(TestLoop(try TestWorld()).forwarded("GET /orders/public", ["Host: shop.example:8080"]))
        #expect(lines.contains("X-Forwarded-For: 10.0.0.5"))
        #expect(lines.contains("X-Forwarded-Host: shop.example:8080"))
        #expect(lines.contains("X-Forwarded-Proto: http"))
    }

    @Test func theRequestIDIsOursAndAWellFormedOneOfTheClientIsKeptBeside() throws {
        let loop = try TestLoop(try TestWorld())
        let first = try lines(loop.forwarded("GET /orders/public", ["X-Request-Id: trace-1"]))
        let second = try lines(loop.forwarded("GET /orders/public", ["X-Request-Id: a b", "X-Client-Request-Id: z"]))
        let ids = (first + second).filter { $0.hasPrefix("X-Request-Id: ") }
        #expect(ids.count == 2 && Set(ids).count == 2)
        #expect(ids.allSatisfy { $0.count == "X-Request-Id: ".count + 32 })
        #expect(first.contains("X-Client-Request-Id: trace-1"))
        #expect(!second.contains { $0.hasPrefix("X-Client-Request-Id") })
    }

    @Test func whatPassedTooOftenIsRefusedAndNothingElse() throws {
        let loop = try TestLoop(try TestWorld())
        let sent = try lines(loop.forwarded("GET /orders/public", ["CDN-Loop: edge; loops=1"]))
            .filter { $0.hasPrefix("CDN-Loop: ") }
        #expect(sent.count == 2 && sent.first == "CDN-Loop: edge; loops=1")
        let own = String(try #require(sent.last).dropFirst("CDN-Loop: ".count))
        #expect(own.hasPrefix("signet-"))
        func answer(_ members: [String]) -> ImmediateResponse? {
            loop.answer("GET /orders/public", members.map { "CDN-Loop: \($0)" })
        }
        let five = Array(repeating: own, count: 5)
        for circle in [five, [five.joined(separator: ",")], ["\(own);a=b, \(own) ; c,x", "\(own),\t\(own), \(own)"]] {
            let answer = try #require(answer(circle))
            #expect(answer.status == 508 && answer.text.contains(#""code":"loop-detected""#))
        }
        for passed in [
            Array(repeating: own, count: 4), Array(repeating: "x\(own)", count: 9),
            Array(repeating: "\(own)-b", count: 9), Array(repeating: "a; b=\(own)", count: 9),
            [String(repeating: ",", count: 99)],
        ] { #expect(answer(passed) == nil) }
    }

    @Test func hopByHopFieldsStay() throws {
        let head = try TestLoop(try TestWorld()).forwarded(
            "GET /orders/public", ["Connection: close, X-Private", "X-Private: 1", "Keep-Alive: 5", "TE: trailers"])
        let text = try #require(head).lowercased()
        for name in ["connection:", "x-private", "keep-alive", "\r\nte:"] { #expect(!text.contains(name)) }
    }

    @Test func aTokenOfOursNeverPassesAPublicRouteAndOtherCredentialsDo() throws {
        let world = try TestWorld()
        let token = try world.token()
        let ours = try TestLoop(world).forwarded("GET /orders/public", [bearer(token)])
        #expect(try #require(ours).contains(token) == false)
        for line in [
            "Authorization: Bearer  \(token)", "Authorization: bearer\t\(token)",
            "Authorization: Bearer \(token), Bearer x",
        ] {
            let head = try TestLoop(world).forwarded("GET /orders/public", [line])
            #expect(try #require(head).contains(token) == false)
        }
        for line in [
            "Authorization: \(token)", "Authorization: DPoP \(token)", "Authorization: Basic x,\(token)",
            "Authorization: Token token=\"\(token)\"",
        ] {
            let head = try TestLoop(world).forwarded("GET /orders/public", [line])
            #expect(try #require(head).contains(token) == false, "\(line.prefix(30))")
        }
        let digest = "Authorization: Digest realm=\"a.b.c.d.example\", uri=\"/v1.2/a.b.c\""
        #expect(try lines(TestLoop(world).forwarded("GET /orders/public", [digest])).contains(digest))
        let theirs = try TestLoop(world).forwarded("GET /orders/public", ["Authorization: Bearer a.b.c"])
        #expect(try lines(theirs).contains("Authorization: Bearer a.b.c"))
    }

    @Test(arguments: [
        ("/strip", "", "/strip", "/"), ("/strip/", "", "/strip/a", "/a"), ("/strip", "/base", "/strip", "/base/"),
        ("/strip", "/base", "/strip/a/b?x=/strip", "/base/a/b?x=/strip"), ("/strip", "", "/strip/", "/"),
        ("/", "/base", "/a", "/base/a"), ("/strip", "", "/%73trip/%7ea", "/~a"),
    ]) func aPrefixIsTakenOffAndTheBasePutBefore(prefix: String, base: String, path: String, sent: String) throws {
        var world = try TestWorld()
        world.apis[0].spec.routes = [Route(path: .prefix(prefix), access: .public, stripPrefix: true)]
        world.apis[0].spec.upstreams = [Upstream(host: "127.0.0.1", port: 80, basePath: base)]
        let lines = try lines(TestLoop(world).forwarded("GET \(path)"))
        #expect(lines.first == "GET \(sent) HTTP/1.1")
        #expect(lines.contains("Host: 127.0.0.1"))
    }

    @Test func forwardNoneTellsNothing() throws {
        let world = try TestWorld(forward: .none)
        let head = try TestLoop(world).forwarded("GET /orders", [bearer(world.token())])
        #expect(try #require(head).lowercased().contains("x-signet") == false)
        #expect(try #require(head).lowercased().contains("authorization") == false)
    }

    @Test func forwardJwtSendsAShortTokenForThisUpstream() throws {
        var world = try TestWorld(forward: .jwt)
        world.apis[0].spec.claims = ["tier", "iss"]
        let token = try world.token(TestWorld.claims { $0["tier"] = "gold" })
        let loop = try TestLoop(world)
        let first = try lines(loop.forwarded("GET /orders", [bearer(token)]))
        let second = try lines(loop.forwarded("GET /orders", [bearer(token)]))
        let line = try #require(first.first { $0.hasPrefix("Authorization: Bearer ") })
        #expect(second.contains(line), "made once per token and upstream")
        let forwarded = String(line.dropFirst("Authorization: Bearer ".count))
        #expect(forwarded != token)
        let key = try VerificationKey(of: try #require(world.forwardKey))
        let verified = try JWS.verify(forwarded, key: key)
        let claims = try JWTClaims(parsing: verified.payload)
        #expect(claims.audience == ["http://127.0.0.1:9"])
        #expect(claims.issuer == TestWorld.issuer)
        #expect(claims.subject == "reporter")
        #expect(claims["tier"]?.stringValue == "gold")
        #expect(claims.expiresAt == TestWorld.now + 60)
        #expect(try #require(verified.header["typ"]?.stringValue) == "signet-forward+jwt")
        loop.seconds += 31
        loop.tick()
        #expect(try !lines(loop.forwarded("GET /orders", [bearer(token)])).contains(line))
    }

    @Test func claimsThatDoNotFitAreNotCut() throws {
        var world = try TestWorld(profile: .symmetric)
        world.apis[0].spec.claims = ["big"]
        let token = try world.token(TestWorld.claims { $0["big"] = .string(String(repeating: "x", count: 4096)) })
        #expect(try TestLoop(world).answer("GET /orders", [bearer(token)])?.text.contains("token-invalid") == true)
    }

    @Test func severalUpstreamsTakeTurns() throws {
        var world = try TestWorld()
        world.apis[0].spec.upstreams = [Upstream(host: "127.0.0.1", port: 1), Upstream(host: "127.0.0.1", port: 2)]
        let loop = try TestLoop(world)
        let hosts = try (0..<4).map { _ in
            try lines(loop.forwarded("GET /orders/public")).first { $0.hasPrefix("Host:") }
        }
        #expect(Set(hosts).count == 2)
        #expect(hosts[0] == hosts[2] && hosts[1] == hosts[3])
    }
}

extension String {
    func components(_ separator: String) -> [String] { split(separator: separator).map(String.init) }
}
