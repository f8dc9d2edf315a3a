import HTTPEngine
import JOSE
import Monitoring
import Resources
import Testing

@testable import Gateway

/// What becomes of a token's scopes when its client's grant changes.
@Suite struct GrantTests {
    /// Calls through a loop whose snapshot a test changes.
    private final class Place {
        var world: TestWorld
        let loop: TestLoop
        private var epoch: UInt64 = 1

        init(forward: APISpec.Forward = .claims, claims: [String] = []) throws {
            world = try TestWorld(profile: .symmetric, forward: forward)
            world.apis[0].spec.claims = claims
            loop = try TestLoop(world)
        }

        func grant(_ scopes: [String]) throws {
            world.clients["reporter"] = ClientEntry(
                number: 1, standing: ClientStanding(isDisabled: false, scopes: ["orders": scopes]))
            epoch += 1
            loop.cell.publish(try world.snapshot(epoch: epoch))
            loop.tick()
        }

        func token(_ jti: String, scope: String = "orders.read orders.write") throws -> String {
            try world.token(
                TestWorld.claims {
                    $0["scope"] = .string(scope)
                    $0["jti"] = .string(jti)
                })
        }

        func head(_ token: String) -> String? { loop.forwarded("GET /orders", [bearer(token)]) }

        func status(_ path: String, _ token: String) -> Int? {
            loop.answer("GET \(path)", [bearer(token)])?.status
        }
    }

    @Test func aScopeThatIsTakenAwayIsGoneFromCachedAndFromNewTokens() throws {
        let place = try Place()
        let (cached, fresh) = (try place.token("a"), try place.token("b"))
        #expect(place.status("/orders/admin", cached) == nil)
        try place.grant(["orders.read"])
        for token in [cached, fresh] {
            #expect(place.status("/orders/admin", token) == 403)
            #expect(place.head(token)?.contains("X-Signet-Scope: orders.read\r\n") == true)
        }
        #expect(place.loop.handler.loop.tokenGuard.cachedTokens == 2)
    }

    @Test func aScopeThatIsGivenBackIsThereAgainAndNoMoreThanTheTokenSays() throws {
        let place = try Place()
        let token = try place.token("a")
        let narrow = try place.token("b", scope: "orders.read")
        try place.grant([])
        #expect(place.status("/orders", token) == 403)
        try place.grant(["orders.write", "orders.read"])
        #expect(place.status("/orders/admin", token) == nil)
        #expect(place.head(token)?.contains("X-Signet-Scope: orders.read orders.write\r\n") == true)
        #expect(place.status("/orders/admin", narrow) == 403)
        #expect(place.head(narrow)?.contains("X-Signet-Scope: orders.read\r\n") == true)
    }

    @Test func aChangeThatLeavesTheGrantAloneLeavesTheCachedTokenAlone() throws {
        let place = try Place()
        let token = try place.token("a")
        #expect(place.head(token) != nil)
        let grant = try #require(place.world.clients["reporter"]?.standing.scopes["orders"])
        try place.grant(grant)
        let (_, exchange) = try #require(place.loop.request("GET /orders", [bearer(token)]))
        #expect(place.loop.handler.loop.states[exchange.index].event.guarded == .cached)
        try place.grant(["orders.read"])
        let (_, again) = try #require(place.loop.request("GET /orders", [bearer(token)]))
        #expect(place.loop.handler.loop.states[again.index].event.guarded == .opened)
    }

    @Test func whatIsToldOfTheScopeClaimIsNarrowedEverywhere() throws {
        let place = try Place(claims: ["scope", "jti"])
        let token = try place.token("a")
        try place.grant(["orders.read"])
        let line = try #require(place.head(token)?.split(separator: "\r\n").first { $0.hasPrefix("X-Signet-Claims: ") })
        let claims = try JSONValue(parsing: Base64URL.decode(String(line.dropFirst(17))))
        #expect(claims["scope"] == "orders.read")
        #expect(claims["jti"] == "a")
        try place.grant([])
        #expect(place.status("/orders", token) == 403)
    }

    @Test func anOpenExchangeEndsWhenWhatLetItInIsTakenAway() throws {
        let place = try Place()
        let (_, reading) = try #require(place.loop.request("GET /orders", [bearer(place.token("a"))]))
        let (_, writing) = try #require(place.loop.request("GET /orders/admin", [bearer(place.token("b"))]))
        try place.grant(["orders.read", "other"])
        #expect(!place.loop.handler.shouldAbort(reading))
        #expect(place.loop.handler.shouldAbort(writing))
    }

    @Test func anOpenExchangeOfAnotherAudienceEnds() throws {
        let place = try Place()
        let (_, exchange) = try #require(place.loop.request("GET /orders", [bearer(place.token("a"))]))
        place.world.apis[0].audience = "https://moved.example"
        place.world.apis[0].policyID = 9
        try place.grant(["orders.read", "orders.write"])
        #expect(place.loop.handler.shouldAbort(exchange))
    }
}
