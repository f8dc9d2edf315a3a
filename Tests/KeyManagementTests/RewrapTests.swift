import JOSE
import Logging
import Store
import Testing

@testable import KeyManagement

@Suite("Everything sealed anew")
struct RewrapTests {
    static func upkeep(_ installation: Installation, keys: KeyStore? = nil) async throws -> SealingUpkeep {
        let root = try await InstalledRootKey.open(
            dataDirectory: installation.folder.path, protection: .none, database: installation.database)
        return try await SealingUpkeep(
            database: installation.database, sealer: installation.sealer, rootKey: root,
            keys: keys ?? installation.keys, columns: KeyStore.sealedColumns, clock: installation.time.clock)
    }

    /// Runs until the work that was begun is over.
    static func finish(_ upkeep: SealingUpkeep) async throws -> RewrapProgress {
        let work = Task { await upkeep.run(logger: Logger(label: "test")) }
        defer { work.cancel() }
        for _ in 0..<2000 where upkeep.rewrapProgress.state == .running { try await Task.sleep(for: .milliseconds(5)) }
        return upkeep.rewrapProgress
    }

    static func dataKeys(_ installation: Installation) async throws -> [String] {
        try await installation.database.read { try DataKeyRows.all(on: $0).map(\.id) }
    }

    private static func names(_ installation: Installation) async throws -> Set<String> {
        try await installation.database.read { connection in
            Set(
                try connection.query("SELECT sealed FROM key_version WHERE sealed IS NOT NULL").compactMap { row in
                    Sealer.dataKey(of: try row.blob("sealed")).map { Base64URL.encode($0) }
                })
        }
    }

    @Test func everyValueIsSealedByTheNewKeyAndTheOldOneGoes() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing, Installation.ordersRing, Installation.macRing)
        let token = try await installation.token()
        let before = try await Self.dataKeys(installation)
        let upkeep = try await Self.upkeep(installation)
        let begun = try await upkeep.startRewrap(actor: "test")
        #expect(begun.state == .running)
        // Whoever comes meanwhile joins in.
        #expect(try await upkeep.startRewrap(actor: "test").dataKey == begun.dataKey)
        let end = try await Self.finish(upkeep)
        #expect((end.state, end.total, end.done, end.failed) == (.done, 3, 3, 0))
        #expect(try await Self.dataKeys(installation) == [end.dataKey])
        #expect(Set(before).isDisjoint(with: [end.dataKey ?? ""]))
        #expect(try await Self.names(installation) == [end.dataKey ?? ""])
        #expect(try await installation.refusal(of: token) == nil)
        let actions = try await installation.audit().map(\.action).filter { !$0.hasPrefix("key.") }
        #expect(actions == ["data-key.create", "data-key.create", "rewrap.begin", "data-key.destroy", "rewrap.end"])
    }

    @Test func aValueThatDoesNotOpenStaysWithItsKey() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing, Installation.ordersRing, Installation.macRing)
        let kid = try #require(try await installation.active(Installation.macRing)).kid
        let sql = "SELECT sealed FROM key_version WHERE kid = ?"
        let sealed = try await installation.database.read { try $0.query(sql, [.text(kid)])[0].blob("sealed") }
        var damaged = sealed
        damaged[damaged.count - 1] ^= 1
        let update = "UPDATE key_version SET sealed = ? WHERE kid = ?"
        try await installation.execute(update, [.blob(damaged), .text(kid)])
        let old = try await Self.dataKeys(installation)
        let upkeep = try await Self.upkeep(installation)
        _ = try await upkeep.startRewrap(actor: "test")
        let end = try await Self.finish(upkeep)
        #expect(end.state == .incomplete)
        #expect(end.failures == [.init(table: "key_version", row: kid, code: "seal-broken")])
        #expect(try await Self.dataKeys(installation) == old + [end.dataKey ?? ""])
        #expect(try await installation.database.read { try $0.query(sql, [.text(kid)])[0].blob("sealed") } == damaged)
        #expect(try await Self.names(installation).count == 2)
        // Another process knows how it ended; mended, the next one does the rest.
        let next = try await Self.upkeep(installation)
        #expect(next.rewrapProgress == end)
        try await installation.execute(update, [.blob(sealed), .text(kid)])
        _ = try await next.startRewrap(actor: "test")
        let last = try await Self.finish(next)
        #expect(last.state == .done)
        #expect(try await Self.dataKeys(installation) == [last.dataKey])
        #expect(try await installation.reloaded().load().state(kid: kid) == .active)
    }

    @Test func whatWasCutOffGoesOn() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing, Installation.ordersRing)
        let begun = try await Self.upkeep(installation).startRewrap(actor: "test")
        #expect(try await Self.dataKeys(installation).count == 2)
        let end = try await Self.finish(try await Self.upkeep(installation))
        #expect(end.state == .done)
        #expect(try await Self.dataKeys(installation) == [begun.dataKey])
        #expect(try await Self.names(installation) == [begun.dataKey ?? ""])
    }

    @Test func aKeyThatWasReservedForBeforeNeverSealsAgain() async throws {
        let installation = try await Installation()
        let sealer = try await Sealer(
            rootKey: installation.rootKey, database: installation.database, clock: installation.time.clock,
            limits: SealLimits(perDataKey: 1 << 20, block: 4))
        let row = SealerTests.row
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<200 {
                        try await sealer.replenish()
                        _ = try? sealer.seal(SecretBytes([1]), row: row)
                    }
                }
            }
            group.addTask {
                for _ in 0..<20 {
                    let name = try await sealer.changeDataKey { _, _ in }
                    for _ in 0..<20 {
                        try await sealer.replenish()
                        guard let sealed = try? sealer.seal(SecretBytes([1]), row: row) else { continue }
                        #expect(Sealer.dataKey(of: sealed).map { Base64URL.encode($0) } == name)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
