import JOSE
import Store
import Testing

@testable import KeyManagement

@Suite("Superseded forms and rings")
struct TokenFormTests {
    static let otherRing = RingSpec(owner: .api("orders"), purpose: .encryption, algorithm: "A256KW")
    static let other = TokenForm(signing: Installation.macRing, encryption: otherRing, content: .a256GCM)

    /// An installation in which orders has changed from one form to another.
    private func changed(lifetime: Int64 = 300) async throws -> (Installation, token: String) {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing, Installation.ordersRing)
        let token = try await installation.token()
        try await change(installation, lifetime: lifetime)
        return (installation, token)
    }

    private func change(_ installation: Installation, lifetime: Int64) async throws {
        try await installation.database.write { [keys = installation.keys] connection in
            for ring in [Installation.macRing, Self.otherRing] { try keys.ensureRing(ring, on: connection) }
            try keys.supersede(Installation.form, of: "orders", lifetime: lifetime, on: connection)
            try keys.supersedeRings(except: [Installation.macRing, Self.otherRing], actor: "test", on: connection)
        }
    }

    private func accepted(_ installation: Installation, api: String = "orders") async throws -> [TokenForm] {
        try await installation.keys.load().acceptedKeys(of: api, present: Self.other).map(\.form)
    }

    private func states(_ installation: Installation, _ ring: RingSpec) async throws -> [KeyState] {
        try await installation.keys.list().filter { $0.ring == ring }.map(\.state)
    }

    @Test func anAPIAcceptsItsSupersededFormAndNoOtherAPIDoes() async throws {
        let (installation, _) = try await changed()
        #expect(try await accepted(installation) == [Self.other, Installation.form])
        #expect(try await accepted(installation, api: "bills") == [Self.other])
    }

    @Test func aSupersededFormOpensItsTokensUntilTheyHaveExpiredAndIsForgottenThen() async throws {
        let (installation, token) = try await changed()
        #expect(try await states(installation, Installation.issuerRing) == [.retiring])
        #expect(try await states(installation, Installation.ordersRing) == [.retiring])
        #expect(try await installation.keys.load().signingKey(Installation.issuerRing) == nil)
        installation.time.advance(seconds: 300 + 30 + 60 - 1)
        #expect(try await installation.keys.tick().isEmpty)
        #expect(try await installation.refusal(of: token) == nil)
        #expect(try await installation.keys.load().publishedJWKS.keys.count == 1)
        installation.time.advance(seconds: 1)
        #expect(try await installation.keys.tick().map(\.state) == [.retired, .retired])
        #expect(try await installation.refusal(of: token) == .keyNotFound)
        #expect(try await accepted(installation) == [Self.other])
        #expect(try await installation.keys.load().publishedJWKS.keys.isEmpty)
        #expect(try await installation.keys.tick().isEmpty)
    }

    @Test func aFormThatEndsIsNewsThoughItsRingLivesOn() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing, Installation.ordersRing)
        try await installation.database.write { [keys = installation.keys] connection in
            try keys.supersede(Installation.form, of: "orders", lifetime: 300, on: connection)
        }
        let epoch = try await installation.database.read { try ChangeEpoch.current(on: $0) }
        installation.time.advance(seconds: 390)
        #expect(try await installation.keys.tick().isEmpty)
        #expect(try await installation.database.read { try ChangeEpoch.current(on: $0) } == epoch + 1)
        #expect(try await accepted(installation) == [Self.other])
        #expect(try await states(installation, Installation.issuerRing) == [.active])
    }

    @Test func ofTwoPoliciesWithOneFormTheLongerLifeCounts() async throws {
        let (installation, token) = try await changed(lifetime: 3600)
        try await installation.ensure(Installation.issuerRing, Installation.ordersRing)
        try await change(installation, lifetime: 60)
        installation.time.advance(seconds: 3600 + 89)
        try await installation.keys.tick()
        #expect(try await accepted(installation) == [Self.other, Installation.form])
        #expect(try await installation.refusal(of: token) == nil)
        installation.time.advance(seconds: 1)
        try await installation.keys.tick()
        #expect(try await accepted(installation) == [Self.other])
    }

    @Test func aRingThatAnotherAPINeedsStaysActive() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing, Installation.ordersRing)
        try await installation.database.write { [keys = installation.keys] connection in
            try keys.supersede(Installation.form, of: "orders", lifetime: 300, on: connection)
            try keys.supersedeRings(except: [Installation.issuerRing], actor: "test", on: connection)
        }
        #expect(try await states(installation, Installation.issuerRing) == [.active])
        #expect(try await states(installation, Installation.ordersRing) == [.retiring])
    }

    @Test func aRingThatIsNeededAgainGetsANewVersionAndTheOldOneRetiresAsItWould() async throws {
        let (installation, token) = try await changed()
        try await installation.ensure(Installation.issuerRing, Installation.ordersRing)
        #expect(try await states(installation, Installation.issuerRing) == [.retiring, .active])
        #expect(try await installation.refusal(of: token) == nil)
        #expect(try await installation.refusal(of: installation.token()) == nil)
        installation.time.advance(seconds: 390)
        try await installation.keys.tick()
        #expect(try await states(installation, Installation.issuerRing) == [.retired, .active])
        #expect(try await installation.refusal(of: installation.token()) == nil)
    }

    @Test func aRingOfNoFormIsKeptForAsLongAsAnyTokenCanLive() async throws {
        let installation = try await Installation()
        let forward = RingSpec(owner: .issuer, purpose: .forwardSigning, algorithm: "ES256")
        let identity = RingSpec(owner: .issuer, purpose: .idSigning, algorithm: "ES256")
        try await installation.ensure(Installation.issuerRing, forward, identity)
        try await installation.database.write { [keys = installation.keys] connection in
            try keys.supersedeRings(except: [], actor: "test", on: connection)
        }
        let now = installation.time.now
        let ends = try await installation.keys.list().map { ($0.ring.purpose, $0.retiresAt) }
        #expect(ends.first { $0.0 == .accessSigning }?.1 == now + (86_400 + 90))
        #expect(ends.first { $0.0 == .forwardSigning }?.1 == now + (60 + 90))
        #expect(ends.first { $0.0 == .idSigning }?.1 == nil)
    }

    @Test func rotatingLeavesRingsThatNoAPIUsesAlone() async throws {
        let (installation, _) = try await changed()
        let versions = try await installation.keys.rotate(.all, actor: "test")
        #expect(Set(versions.map(\.ring)) == [Installation.macRing, Self.otherRing])
        #expect(try await states(installation, Installation.issuerRing) == [.retiring])
        let code = await keyError {
            try await installation.keys.rotate(.ring(Installation.issuerRing.id), actor: "test")
        }
        #expect(code == .transitionRefused)
    }

    @Test func supersedingIsAudited() async throws {
        let (installation, _) = try await changed()
        let entries = try await installation.audit().filter { $0.action == "key.supersede" }
        #expect(entries.map(\.actor) == ["test", "test"])
        let end = (installation.time.now + 390).seconds
        #expect(try entries.allSatisfy { try JSONValue(parsing: $0.detail)["opens_until"] == .integer(end) })
    }
}
