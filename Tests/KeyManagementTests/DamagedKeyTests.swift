import JOSE
import Store
import Testing

@testable import KeyManagement

/// One row of the store that can't be used must not stop what the others do.
@Suite("A damaged key")
struct DamagedKeyTests {
    private static let billingRing = RingSpec(
        owner: .api("billing"), purpose: .encryption, algorithm: "ECDH-ES", curve: "X25519")

    private let installation: Installation

    init() async throws {
        installation = try await Installation()
        try await installation.ensure(Installation.issuerRing, Installation.ordersRing, Self.billingRing)
    }

    /// Changes a bit of what is stored of a version.
    private func damage(_ kid: String) async throws {
        let select = "SELECT sealed FROM key_version WHERE kid = ?"
        var sealed = try await installation.database.read { try $0.query(select, [.text(kid)])[0].blob("sealed") }
        sealed[sealed.count / 2] ^= 0x80
        try await installation.execute("UPDATE key_version SET sealed = ? WHERE kid = ?", [.blob(sealed), .text(kid)])
    }

    private func reasons(_ keys: KeyStore) async throws -> [String: KeyError.Code] {
        Dictionary(uniqueKeysWithValues: try await keys.load().damaged.map { ($0.kid, $0.reason.code) })
    }

    @Test("is left out and told, and the others are loaded")
    func leftOut() async throws {
        let kid = try #require(try await installation.active(Self.billingRing)).kid
        try await damage(kid)
        let keys = installation.reloaded()
        #expect(try await reasons(keys) == [kid: .sealBroken])
        #expect(keys.damagedKeys.map(\.kid) == [kid])
        let loaded = try await keys.load()
        #expect(loaded.encryptionKey(Self.billingRing) == nil && loaded.encryptionKey(Installation.ordersRing) != nil)
        let billing = TokenForm(signing: Installation.issuerRing, encryption: Self.billingRing, content: .a256GCM)
        #expect(
            loaded.keys(of: billing).damaged == DamagedKeyIDs(encryption: [kid])
                && loaded.keys(of: Installation.form).damaged.isEmpty)
        #expect(loaded.state(kid: kid) == .active)
        let told = try await keys.list().filter { $0.damage != nil }
        #expect(told.map(\.kid) == [kid] && told.map(\.damage) == [.sealBroken])
    }

    @Test("that signs is no longer published: its public half is not sealed, and somebody may have changed it too")
    func notPublished() async throws {
        let kid = try #require(try await installation.active(Installation.issuerRing)).kid
        #expect(try await installation.reloaded().load().publishedJWKS.keys.map(\.kid) == [kid])
        try await damage(kid)
        let loaded = try await installation.reloaded().load()
        #expect(loaded.publishedJWKS.keys.isEmpty && loaded.signer(Installation.issuerRing) == nil)
        #expect(loaded.keys(of: Installation.form).damaged == DamagedKeyIDs(signing: [kid]))
    }

    @Test("may be one without its private half")
    func lost() async throws {
        let kid = try #require(try await installation.active(Self.billingRing)).kid
        try await installation.execute("UPDATE key_version SET sealed = NULL WHERE kid = ?", [.text(kid)])
        #expect(try await reasons(installation.reloaded()) == [kid: .keyInvalid])
    }

    @Test("may be one whose public half can't be read: it is listed all the same")
    func unreadable() async throws {
        let kid = try #require(try await installation.active(Self.billingRing)).kid
        try await installation.execute("UPDATE key_version SET public_jwk = '{' WHERE kid = ?", [.text(kid)])
        #expect(try await installation.reloaded().list().first { $0.kid == kid }?.publicJWK == nil)
    }

    @Test("may be one that was moved to another ring")
    func moved() async throws {
        let moved = try #require(try await installation.active(Installation.ordersRing))
        try await installation.execute(
            "UPDATE key_version SET ring_id = ?, number = 2, state = 'retiring' WHERE kid = ?",
            [.text(Self.billingRing.id), .text(moved.kid)])
        #expect(try await reasons(installation.reloaded()) == [moved.kid: .sealBroken])
    }

    @Test("may be one that another was copied over")
    func copied() async throws {
        let first = try #require(try await installation.active(Installation.issuerRing))
        _ = try await installation.keys.rotate(.ring(Installation.issuerRing.id), actor: "cli")
        let second = try #require(try await installation.active(Installation.issuerRing))
        try await installation.execute(
            "UPDATE key_version SET sealed = (SELECT sealed FROM key_version WHERE kid = ?) WHERE kid = ?",
            [.text(first.kid), .text(second.kid)])
        #expect(try await reasons(installation.reloaded()) == [second.kid: .sealBroken])
    }

    @Test("is replaced by a rotation, and told no more once it is revoked")
    func replaced() async throws {
        let kid = try #require(try await installation.active(Self.billingRing)).kid
        try await damage(kid)
        let keys = installation.reloaded()
        _ = try await keys.rotate(.ring(Self.billingRing.id), actor: "cli")
        #expect(try await keys.load().encryptionKey(Self.billingRing) != nil)
        #expect(try await reasons(keys) == [kid: .sealBroken])
        try await keys.revoke(kid: kid, actor: "cli", reason: "damaged")
        #expect(try await reasons(keys).isEmpty && keys.damagedKeys.isEmpty)
    }

    @Test("that waits for its turn does not get it: a rotation makes another")
    func successorAtRotation() async throws {
        let waiting = try #require(try await installation.keys.prepare(.ring(Self.billingRing.id), actor: "cli").first)
        try await damage(waiting.kid)
        let keys = installation.reloaded()
        let active = try #require(try await keys.rotate(.ring(Self.billingRing.id), actor: "cli").first)
        #expect(active.kid != waiting.kid)
        #expect(try await keys.list().first { $0.kid == waiting.kid }?.state == .revoked)
        #expect(try await reasons(keys).isEmpty)
    }

    @Test("that waits for its turn is replaced with time, before that comes")
    func successorAtTick() async throws {
        let waiting = try #require(try await installation.keys.prepare(.ring(Self.billingRing.id), actor: "cli").first)
        try await damage(waiting.kid)
        let keys = installation.reloaded()
        try await keys.tick()
        #expect(try await keys.list().first { $0.kid == waiting.kid }?.state == .revoked)
        #expect(try await reasons(keys).isEmpty)
        // Nothing of it is left to do.
        #expect(try await keys.tick().isEmpty)
        #expect(try await keys.prepare(.ring(Self.billingRing.id), actor: "cli").count == 1)
    }
}

/// Loads overlap, and end in another order than they began.
@Suite("Parsed keys")
struct ParsedKeyCacheTests {
    private func key(_ kid: String) throws -> ParsedKey {
        var members = try Installation.macRing.generate().object(includingPrivate: true)
        members["kid"] = .string(kid)
        return try ParsedKey(
            secret: SecretBytes(wiping: members.serialized()), kid: kid, ring: Installation.macRing)
    }

    @Test("that a load uses are not dropped by one that began before it")
    func lateEnd() throws {
        let cache = ParsedKeyCache()
        let (old, new) = (try key("old"), try key("new"))
        let (early, later) = (cache.begin(), cache.begin())
        cache.keep([old, new], damaged: [], turn: later)
        cache.keep([old], damaged: [], turn: early)
        #expect(cache.key("new", for: Installation.macRing) === new)
        cache.keep([old], damaged: [], turn: cache.begin())
        #expect(cache.key("new", for: Installation.macRing) == nil)
        #expect(cache.key("old", for: Installation.macRing) === old)
    }

    @Test("that were just made stay until they have their row")
    func justMade() throws {
        let cache = ParsedKeyCache()
        let made = try key("made")
        cache.add(made)
        cache.keep([], damaged: [], turn: cache.begin())
        #expect(cache.key("made", for: Installation.macRing) === made)
        // Once a load has used it, it goes like any other.
        cache.keep([made], damaged: [], turn: cache.begin())
        cache.keep([], damaged: [], turn: cache.begin())
        #expect(cache.key("made", for: Installation.macRing) == nil)
    }

    @Test("that are damaged are told as the load that began last found them")
    func damaged() throws {
        let cache = ParsedKeyCache()
        let damage = DamagedKey(kid: "x", ring: Installation.macRing, reason: KeyError(.sealBroken, "changed"))
        let (early, later) = (cache.begin(), cache.begin())
        cache.keep([], damaged: [], turn: later)
        cache.keep([], damaged: [damage], turn: early)
        #expect(cache.damaged.isEmpty)
    }
}
