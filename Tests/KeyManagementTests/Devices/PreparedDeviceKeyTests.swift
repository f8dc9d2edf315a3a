import JOSE
import Store
import Synchronization
import Testing

@testable import KeyManagement

@Suite("Keys of a device made before the transaction")
struct PreparedDeviceKeyTests {
    struct Stop: Error {}

    /// What a store does at the end of a transaction whose work is done.
    enum Ending: Sendable {
        case commits
        /// It says that the commit failed, and the rows are there.
        case failsAfterCommit
        /// They are not.
        case failsBeforeCommit
        /// They are not, and no other transaction gets through.
        case isGone
    }

    private static let rings: Set<RingSpec> = [DeviceRingTests.signing, DeviceRingTests.encryption]

    let installation: Installation
    let device = SoftwareDevice()

    init() async throws { installation = try await Installation() }

    private func store(_ database: any Database) -> KeyStore {
        KeyStore(
            database: database, sealer: installation.sealer, clock: installation.time.clock, device: device)
    }

    /// What the device has after a transaction that stores one of two keys and ends so.
    private func namesLeft(_ ending: Ending) async throws -> [String] {
        let database = FailingDatabase(installation.database)
        let keys = store(database)
        let prepared = try await keys.prepareKeys(for: Self.rings)
        database.end(ending)
        let outcome = await #expect(throws: StoreError.self) {
            try await keys.using(prepared) { connection in
                try keys.ensureRing(DeviceRingTests.signing, prepared: prepared, on: connection)
            }
        }
        #expect(outcome?.code == .unavailable)
        return device.names
    }

    @Test("stay there when the commit failed and the store has them all the same")
    func committed() async throws {
        let names = try await namesLeft(.failsAfterCommit)
        #expect(names == ["k-\(try #require(try await installation.active(DeviceRingTests.signing)).kid)"])
        #expect(try await store(installation.database).load().signer(DeviceRingTests.signing) != nil)
        #expect(try await installation.audit().map(\.action) == ["data-key.create", "key.create"])
    }

    @Test("are destroyed when the commit failed and the store does not have them")
    func notCommitted() async throws {
        #expect(try await namesLeft(.failsBeforeCommit).isEmpty)
        #expect(try await installation.audit().last?.action == "device-key.destroy")
    }

    @Test("stay there when nobody can tell whether the store has them")
    func unknown() async throws {
        #expect(try await namesLeft(.isGone).count == 1)
    }

    @Test("are made several at once, not all of them, and each for its ring", .timeLimit(.minutes(1)))
    func atOnce() async throws {
        let keys = store(installation.database)
        device.state.withLock { $0.delay = .milliseconds(50) }
        let rings = (0..<20).map { number in
            RingSpec(
                owner: .api("a\(number)"), purpose: .encryption, algorithm: "RSA-OAEP-256",
                custody: number < 10 ? .device : .deviceSealed)
        }.map { ring in
            guard ring.custody == .deviceSealed else { return ring }
            return RingSpec(
                owner: ring.owner, purpose: .encryption, algorithm: "ECDH-ES", curve: "X25519", custody: .deviceSealed)
        }
        let prepared = try await keys.prepareKeys(for: Set(rings))
        #expect(device.state.withLock { $0.mostCallsAtOnce } == CallsAtOnce.most)
        for ring in rings { #expect(prepared.take(ring) != nil, "\(ring.id)") }
        #expect(device.names.count == 10)
    }

    @Test("are all destroyed when one can't be made")
    func allOrNone() async throws {
        let keys = store(installation.database)
        let weak = RingSpec(owner: .api("bills"), purpose: .encryption, algorithm: "RSA-OAEP-256", custody: .device)
        let calls = Mutex(0)
        device.state.withLock { state in
            state.whenMaking = {
                calls.withLock {
                    $0 += 1; return $0
                } == 3 ? .throttled : nil
            }
        }
        await #expect(throws: ProviderError.self) { try await keys.prepareKeys(for: Self.rings.union([weak])) }
        #expect(calls.withLock { $0 } == 3)
        #expect(device.names.isEmpty)
    }

    @Test("are asked for after those that are made here: what fails here leaves none there")
    func hereFirst() async throws {
        let keys = KeyStore(
            database: installation.database, sealer: installation.sealer, clock: installation.time.clock, device: device
        ) { _ in throw Stop() }
        await #expect(throws: Stop.self) {
            try await keys.prepareKeys(for: Self.rings.union([Installation.issuerRing]))
        }
        #expect(device.calls == 0)
    }
}

/// A database whose transactions end as it is told.
private final class FailingDatabase: Database {
    private let base: SQLiteDatabase
    private let next = Mutex(PreparedDeviceKeyTests.Ending.commits)

    init(_ base: SQLiteDatabase) { self.base = base }

    var dialect: SQLDialect { base.dialect }

    func end(_ ending: PreparedDeviceKeyTests.Ending) { next.withLock { $0 = ending } }

    func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await base.read(body)
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        let ending = next.withLock { next in
            defer { if next != .isGone { next = .commits } }
            return next
        }
        let failure = StoreError(.unavailable, "told to fail")
        switch ending {
        case .commits: return try await base.write(body)
        case .failsAfterCommit:
            _ = try await base.write(body)
            throw failure
        case .failsBeforeCommit, .isGone:
            return try await base.write { connection in
                _ = try body(connection)
                throw failure
            }
        }
    }

    func observeChanges(_ observer: @escaping @Sendable (ChangeSet) async -> Void) async {
        await base.observeChanges(observer)
    }

    func close() async throws { try await base.close() }
}
