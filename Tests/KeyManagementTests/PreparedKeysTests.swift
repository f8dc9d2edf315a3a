import JOSE
import Store
import Synchronization
import Testing

@testable import KeyManagement

@Suite("Keys made before the transaction")
struct PreparedKeysTests {
    private let rings = [Installation.issuerRing, Installation.ordersRing]

    @Test func noKeyIsMadeWithinTheTransactionWhenAllArePrepared() async throws {
        let installation = try await Installation()
        let made = Mutex(0)
        let keys = installation.counting { made.withLock { $0 += 1 } }
        let prepared = try await keys.prepareKeys(for: Set(rings))
        #expect(made.withLock { $0 } == 2)
        try await installation.database.write { [rings] connection in
            for ring in rings { try keys.ensureRing(ring, prepared: prepared, on: connection) }
        }
        #expect(made.withLock { $0 } == 2)
        #expect(try await keys.list().map(\.state) == [.active, .active])
    }

    @Test func aRingLeftOutOfThePreparationGetsItsKeyWithinTheTransaction() async throws {
        let installation = try await Installation()
        let made = Mutex(0)
        let keys = installation.counting { made.withLock { $0 += 1 } }
        let prepared = try await keys.prepareKeys(for: [Installation.issuerRing])
        try await installation.database.write { connection in
            try keys.ensureRing(Installation.ordersRing, prepared: prepared, on: connection)
        }
        #expect(made.withLock { $0 } == 2)
        #expect(try await keys.list().map(\.ring) == [Installation.ordersRing])
    }

    @Test func nothingIsMadeForARingThatHasAnActiveVersion() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing)
        let made = Mutex(0)
        let keys = installation.counting { made.withLock { $0 += 1 } }
        _ = try await keys.prepareKeys(for: [Installation.issuerRing])
        #expect(made.withLock { $0 } == 0)
    }

    @Test func aRingWhosePartsDoNotGoTogetherIsNotPrepared() async throws {
        let installation = try await Installation()
        let wrong = RingSpec(owner: .issuer, purpose: .accessSigning, algorithm: "HS256")
        #expect(await keyError { try await installation.keys.prepareKeys(for: [wrong]) } == .ringInvalid)
    }

    @Test func theSuccessorOfARevokedKeyIsMadeOutsideTheTransaction() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing)
        let watched = WatchedDatabase(installation.database)
        let places = Mutex<[Bool]>([])
        let keys = KeyStore(database: watched, sealer: installation.sealer, clock: installation.time.clock) { ring in
            places.withLock { $0.append(watched.isWriting) }
            return try ring.generate()
        }
        let kid = try #require(try await installation.active(Installation.issuerRing)).kid
        try await keys.revoke(kid: kid, actor: "cli", reason: "test")
        #expect(places.withLock { $0 } == [false])
        #expect(try await installation.active(Installation.issuerRing)?.number == 2)
        // A version that is not active has no successor, so nothing is made for it.
        try await keys.revoke(kid: kid, actor: "cli", reason: "again")
        #expect(places.withLock { $0 } == [false])
    }
}

extension Installation {
    /// The same store, telling of each key that is made.
    fileprivate func counting(_ tell: @escaping @Sendable () -> Void) -> KeyStore {
        KeyStore(database: database, sealer: sealer, clock: time.clock) { ring in
            tell()
            return try ring.generate()
        }
    }
}

/// A database that says whether a write is running.
private final class WatchedDatabase: Database {
    private let base: SQLiteDatabase
    private let writing = Mutex(false)

    init(_ base: SQLiteDatabase) { self.base = base }

    var isWriting: Bool { writing.withLock { $0 } }
    var dialect: SQLDialect { base.dialect }

    func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await base.read(body)
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await base.write { [self] connection in
            writing.withLock { $0 = true }
            defer { writing.withLock { $0 = false } }
            return try body(connection)
        }
    }

    func observeChanges(_ observer: @escaping @Sendable (ChangeSet) async -> Void) async {
        await base.observeChanges(observer)
    }

    func close() async throws { try await base.close() }
}
