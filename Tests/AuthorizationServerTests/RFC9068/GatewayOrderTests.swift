import JOSE
import KeyManagement
import Resources
import Store
import Synchronization
import Testing

@testable import AuthorizationServer

@Suite("A token is made when the gateway can open it")
struct GatewayOrderTests {
    @Test("a request waits for a gateway that still loads the keys")
    func waits() async throws {
        let asked = Mutex(0)
        let issuer = try await Issuer(gatewayOpens: { recipe in
            recipe.api != "orders"
                || asked.withLock { asked in
                    asked += 1
                    return asked > 3
                }
        })
        #expect(try await issuer.token().status == 200)
        // Once more when the token is made.
        #expect(asked.withLock { $0 } == 5)
    }

    @Test("a gateway that never gets them gets no tokens, and nothing is recorded")
    func refuses() async throws {
        let recipes = Mutex<Set<TokenRecipe>>([])
        let issuer = try await Issuer(gatewayOpens: { recipe in
            _ = recipes.withLock { $0.insert(recipe) }
            return false
        })
        let answer = try await issuer.token()
        #expect(answer.status == 503)
        #expect(answer.error == "temporarily_unavailable")
        #expect(answer.header("Retry-After") != nil)
        let rows = try await issuer.database.read { try $0.query("SELECT jti FROM issued_token").count }
        #expect(rows == 0)
        let api = try #require(try await issuer.resources.load().apis["orders"])
        let keys = try await issuer.keys.load()
        let recipe = TokenRecipe(
            api: "orders", audience: api.spec.audience,
            signingKeyID: try #require(keys.signingKey(api.signingRing)?.kid),
            encryptionKeyID: try #require(keys.encryptionKey(api.encryptionRing)?.kid), content: .a256GCM)
        #expect(recipes.withLock { $0 } == [recipe])
        #expect(APIStanding(api, keys: keys).opens(recipe))
    }

    @Test("a request that waits goes on with the keys that came meanwhile: those it began with may be revoked")
    func goesOn() async throws {
        let first = Mutex<TokenRecipe?>(nil)
        let issuer = try await Issuer(gatewayOpens: { recipe in
            first.withLock { first in
                first = first ?? recipe
                return recipe != first
            }
        })
        async let answer = issuer.token()
        while first.withLock({ $0 == nil }) { try await Task.sleep(for: .milliseconds(1)) }
        _ = try await issuer.keys.rotate(.all, actor: "test", mode: .emergency(reason: "test", record: { _, _ in }))
        #expect(try await answer.status == 200)
    }

    @Test("a key is published before who follows changes later can sign with it")
    func published() async throws {
        let followed = Mutex<Issuer?>(nil)
        let changes = Mutex(0)
        let unpublished = Mutex(0)
        let issuer = try await Issuer(beforeStart: { database in
            await database.observeChanges { change in
                guard change.topics.contains(.keys), let issuer = followed.withLock({ $0 }) else { return }
                changes.withLock { $0 += 1 }
                let keys = try? await issuer.keys.load()
                let isPublished = keys?.publishedJWKS.serialized() == issuer.server.keySets.current?.access.body
                if !isPublished { unpublished.withLock { $0 += 1 } }
            }
        })
        followed.withLock { $0 = issuer }
        for _ in 0..<3 { _ = try await issuer.keys.rotate(.all, actor: "test") }
        #expect(changes.withLock { $0 } == 3 && unpublished.withLock { $0 } == 0)
        followed.withLock { $0 = nil }
    }

    @Test("a request that waits gets nothing for a client that was disabled meanwhile")
    func disabled() async throws {
        let first = Mutex<TokenRecipe?>(nil)
        let issuer = try await Issuer(gatewayOpens: { recipe in
            first.withLock { first in
                first = first ?? recipe
                return recipe != first
            }
        })
        async let answer = issuer.token()
        while first.withLock({ $0 == nil }) { try await Task.sleep(for: .milliseconds(1)) }
        try await issuer.apply(
            """
            kind: Client
            name: reporter
            spec: {grants: [client_credentials], auth: client_secret_basic, apis: {orders: []}, disabled: true}
            """)
        #expect(try await answer.error == "invalid_client")
    }

    @Test("a policy and its keys are loaded together, whichever of two changes in a row is followed first")
    func together() async throws {
        let issuer = try await Issuer()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<6 {
                group.addTask { try await issuer.apply(PolicyChangeTests.reporter("[orders.read]")) }
                group.addTask {
                    try await issuer.apply(
                        PolicyChangeTests.orders(token: index % 2 == 0 ? "{profile: symmetric}" : "{}"))
                }
                group.addTask {
                    for _ in 0..<5 { _ = try await issuer.grantedToken() }
                }
            }
            try await group.waitForAll()
        }
    }
}
