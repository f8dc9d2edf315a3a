import HTTPEngine
import JOSE
import Resources
import Testing

@testable import Gateway

/// The token of `forward: jwt`: for one upstream, no longer than a minute, never longer than the access token.
@Suite struct ForwardTokenTests {
    private func claims(of head: String?, _ world: TestWorld) throws -> JWTClaims {
        let prefix = "Authorization: Bearer "
        let lines = try #require(head).components("\r\n")
        let line = try #require(lines.first { $0.hasPrefix(prefix) })
        let key = try VerificationKey(of: try #require(world.forwardKey))
        return try JWTClaims(parsing: try JWS.verify(String(line.dropFirst(prefix.count)), key: key).payload)
    }

    /// One upstream for each base path, on one host.
    private func world(basePaths: [String] = [""]) throws -> TestWorld {
        var world = try TestWorld(forward: .jwt)
        world.apis[0].spec.upstreams = basePaths.map { Upstream(host: "127.0.0.1", port: 9, basePath: $0) }
        return world
    }

    @Test func theAudienceIsTheUpstreamThatGetsIt() throws {
        let world = try world(basePaths: ["/one", "/two"])
        let loop = try TestLoop(world)
        let token = try world.token()
        for _ in 0..<6 {
            let head = try #require(loop.forwarded("GET /orders", [bearer(token)]))
            let base = head.hasPrefix("GET /one/") ? "/one" : "/two"
            #expect(try claims(of: head, world).audience == ["http://127.0.0.1:9" + base])
        }
    }

    @Test func eachUpstreamsTokenIsMadeOnce() throws {
        let world = try world(basePaths: ["/one", "/two"])
        let loop = try TestLoop(world)
        let token = try world.token()
        let made = try (0..<8).map { _ in
            try claims(of: loop.forwarded("GET /orders", [bearer(token)]), world).jwtID
        }
        #expect(Set(made).count == 2)
    }

    @Test(arguments: [1, 10, 29, 59, 60, 61, 290]) func itNeverOutlivesTheAccessTokenNorItself(left: Int64) throws {
        let world = try world()
        let loop = try TestLoop(world)
        let expiry = TestWorld.now + left
        let token = try world.token(TestWorld.claims { $0["exp"] = .integer(expiry) })
        for second in 0..<min(left, 70) {
            loop.seconds = TestWorld.now + second
            loop.tick()
            let claims = try claims(of: loop.forwarded("GET /orders", [bearer(token)]), world)
            let exp = try #require(claims.expiresAt)
            #expect(exp <= expiry && exp > loop.seconds, "at second \(second)")
            #expect(exp <= loop.seconds + 60)
        }
    }

    @Test func withinTheLeewayNothingIsLeftToSign() throws {
        let world = try world()
        let loop = try TestLoop(world)
        let token = try world.token(TestWorld.claims { $0["exp"] = .integer(TestWorld.now + 20) })
        #expect(loop.forwarded("GET /orders", [bearer(token)]) != nil)
        loop.seconds = TestWorld.now + 20
        loop.tick()
        #expect(loop.answer("GET /orders", [bearer(token)])?.text.contains("token-expired") == true)
    }

    @Test func aNewKeyIsUsedAtOnce() throws {
        var world = try world()
        let loop = try TestLoop(world)
        let token = try world.token()
        _ = try claims(of: loop.forwarded("GET /orders", [bearer(token)]), world)
        world.forwardKey = try SigningKey(try JWK.generate(algorithm: "ES256"))
        loop.cell.publish(try world.snapshot(epoch: 2))
        loop.tick()
        _ = try claims(of: loop.forwarded("GET /orders", [bearer(token)]), world)
    }

    @Test func anotherTokenOfTheSameClientGetsItsOwn() throws {
        let world = try world()
        let loop = try TestLoop(world)
        let other = TestWorld.claims {
            $0["jti"] = "token-2"
            $0["sub"] = "somebody"
        }
        #expect(try claims(of: loop.forwarded("GET /orders", [bearer(world.token())]), world).subject == "reporter")
        #expect(
            try claims(of: loop.forwarded("GET /orders", [bearer(world.token(other))]), world).subject == "somebody")
    }
}
