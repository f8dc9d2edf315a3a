import HTTPEngine
import JOSE
import Resources
import Store
import Testing

@testable import Gateway

/// What happens to a token that was good once, cached or not, when something changes.
@Suite struct StandingTests {
    private func revocation(_ kind: Revocation.Kind, _ value: String, notBefore: Int64? = nil) -> Revocation {
        Revocation(
            kind: kind, value: value, notBefore: notBefore.map { Timestamp(seconds: $0) },
            expiresAt: Timestamp(seconds: TestWorld.now + 1000))
    }

    private static func client(_ scopes: [String: [String]], isDisabled: Bool = false) -> ClientEntry {
        ClientEntry(number: 1, standing: ClientStanding(isDisabled: isDisabled, scopes: scopes))
    }

    /// The code after a change, for a token that passed before it and is cached.
    private func codeAfter(_ change: (inout TestWorld) throws -> Void) throws -> String {
        var world = try TestWorld(profile: .symmetric)
        let loop = try TestLoop(world)
        let token = try world.token(TestWorld.claims { $0["family"] = "family-1" })
        #expect(loop.forwarded("GET /orders", [bearer(token)]) != nil)
        #expect(loop.handler.loop.tokenGuard.cachedTokens == 1)
        try change(&world)
        loop.cell.publish(try world.snapshot(epoch: 2))
        #expect(loop.forwarded("GET /orders", [bearer(token)]) != nil, "the old snapshot holds until the loop wakes")
        loop.tick()
        guard let answer = loop.answer("GET /orders", [bearer(token)]) else { return "forwarded" }
        return try JSONValue(parsing: answer.body)["code"]?.stringValue ?? ""
    }

    @Test(arguments: [
        (Revocation.Kind.jti, "token-1"), (.family, "family-1"), (.subject, "reporter"), (.client, "reporter"),
        (.api, "orders"),
    ]) func aRevocationHitsTheCachedToken(kind: Revocation.Kind, value: String) throws {
        #expect(try codeAfter { $0.revocations.add(revocation(kind, value)) } == "token-revoked")
        #expect(try codeAfter { $0.revocations.add(revocation(kind, value + "x")) } == "forwarded")
    }

    @Test func aRevocationOfAKeyHitsItsTokens() throws {
        #expect(
            try codeAfter { $0.revocations.add(revocation(.kid, $0.apis[0].encryption.kid ?? "")) } == "token-revoked")
        #expect(
            try codeAfter { $0.revocations.add(revocation(.kid, $0.apis[0].signing.kid ?? "")) } == "token-revoked")
    }

    @Test func aRevocationUpToAnInstantSparesLaterTokens() throws {
        let issued = TestWorld.now - 10
        #expect(
            try codeAfter { $0.revocations.add(revocation(.client, "reporter", notBefore: issued - 1)) } == "forwarded")
        #expect(
            try codeAfter { $0.revocations.add(revocation(.client, "reporter", notBefore: issued)) }
                == "token-revoked")
    }

    @Test func aDisabledUnknownOrUnprivilegedClientIsRevoked() throws {
        #expect(
            try codeAfter { world in
                world.clients["reporter"] = Self.client(["orders": ["orders.read"]], isDisabled: true)
            } == "token-revoked")
        #expect(try codeAfter { $0.clients = [:] } == "token-revoked")
        #expect(
            try codeAfter { world in
                world.clients["reporter"] = Self.client(["bills": ["bills.read"]])
            } == "token-revoked")
    }

    @Test func aKeyThatLeftItsRingTakesItsTokensAlong() throws {
        #expect(try codeAfter { $0.apis[0].decryption = [] } == "token-invalid")
        #expect(try codeAfter { $0.apis[0].verification = [] } == "token-invalid")
    }

    @Test func aKeyThatIsAddedLeavesThemAlone() throws {
        let code = try codeAfter { world in
            world.apis[0].decryption.append(try DecryptionKey(try JWK.generate(algorithm: "A256KW")))
        }
        #expect(code == "forwarded")
    }

    @Test func anotherPolicyFindsNothingOfTheOldOne() throws {
        let code = try codeAfter { world in
            world.apis[0].policyID = 99
            world.apis[0].audience = "https://other.example"
        }
        #expect(code == "audience-mismatch")
    }

    @Test func aCachedTokenStillExpires() throws {
        let world = try TestWorld(profile: .symmetric)
        let loop = try TestLoop(world)
        let token = try world.token()
        #expect(loop.forwarded("GET /orders", [bearer(token)]) != nil)
        loop.seconds = TestWorld.now + 319
        loop.tick()
        #expect(loop.forwarded("GET /orders", [bearer(token)]) != nil)
        loop.seconds = TestWorld.now + 320
        loop.tick()
        #expect(loop.answer("GET /orders", [bearer(token)])?.text.contains("token-expired") == true)
    }

    @Test func scopesAreAskedOnEveryHit() throws {
        let world = try TestWorld(profile: .symmetric)
        let loop = try TestLoop(world)
        let token = try world.token()
        #expect(loop.forwarded("GET /orders", [bearer(token)]) != nil)
        #expect(loop.answer("GET /orders/admin", [bearer(token)])?.status == 403)
    }

    @Test func failuresAreNotKept() throws {
        let world = try TestWorld(profile: .symmetric)
        let loop = try TestLoop(world)
        for index in 0..<50 { _ = loop.answer("GET /orders", [bearer("a.b.c.d.e\(index)")]) }
        #expect(loop.handler.loop.tokenGuard.cachedTokens == 0)
    }

    @Test func openExchangesOfARevokedTokenAreToBeAborted() throws {
        var world = try TestWorld(profile: .symmetric)
        let loop = try TestLoop(world)
        let (_, revoked) = try #require(loop.request("GET /orders", [bearer(world.token())]))
        let other = TestWorld.claims { $0["jti"] = "token-2" }
        let (_, standing) = try #require(loop.request("GET /orders", [bearer(world.token(other))]))
        let (_, open) = try #require(loop.request("GET /orders/public"))
        #expect(!loop.handler.shouldAbort(revoked))
        world.revocations.add(revocation(.jti, "token-1"))
        loop.cell.publish(try world.snapshot(epoch: 2))
        loop.tick()
        #expect(loop.handler.shouldAbort(revoked))
        #expect(!loop.handler.shouldAbort(standing))
        #expect(!loop.handler.shouldAbort(open))
    }
}
