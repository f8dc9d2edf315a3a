package import JOSE
package import Store
import Synchronization

/// The key rings of an installation: made, rotated, revoked and loaded; every change with its audit row in one transaction.
package final class KeyStore: Sendable {
    /// The tables of this module, for `Migrator.migrate`.
    package static let migrations = [
        DataKeyRows.migration, KeyRows.migration, FormRows.migration, DataKeyRows.countingMigration,
        KeyRows.momentsMigration, KeyRows.custodyMigration, RewrapRows.migration,
    ]

    /// The sealed columns of this module.
    package static let sealedColumns = [KeyRows.sealedColumn]

    let database: any Database
    let sealer: Sealer
    let clock: WallClock
    /// When versions follow each other by themselves.
    package let schedules: KeySchedules
    /// Has or seals the keys of rings whose custody says so; nil: there are no such rings.
    let device: KeyDevice?
    let parsed = ParsedKeyCache()
    /// Whether a ring has lost its key since the last tick.
    let isTickWanted = Atomic<Bool>(false)
    let generate: @Sendable (RingSpec) throws -> JWK

    /// - Parameters:
    ///   - device: keeps or seals the keys of rings whose custody says so.
    ///   - generate: makes a key for a ring; tests watch when that is done.
    package init(
        database: any Database, sealer: Sealer, clock: WallClock, schedules: KeySchedules = KeySchedules(),
        device: (any KeyProvider)? = nil, generate: @escaping @Sendable (RingSpec) throws -> JWK = { try $0.generate() }
    ) {
        self.database = database
        self.sealer = sealer
        self.clock = clock
        self.schedules = schedules
        self.device = device.map { KeyDevice(provider: $0) }
        self.generate = generate
    }

    /// Makes sure, within the caller's transaction, that the ring exists and has an active version.
    ///
    /// Costs one query when it has. The new version takes the prepared key; without one, because the ring lost its active
    /// version after the preparation, a key is made on the spot. Throws `key-ring-invalid` for a spec whose parts do not go together.
    package func ensureRing(
        _ spec: RingSpec, prepared: PreparedKeys = PreparedKeys(), actor: String = "system",
        on connection: any SQLConnection
    ) throws {
        try spec.validate()
        guard try KeyRows.active(of: spec, on: connection) == nil else { return }
        let now = clock.now()
        if try !KeyRows.ringExists(spec, on: connection) {
            try KeyRows.insertRing(spec, at: now, on: connection)
        }
        let version = try insertActive(try key(for: spec, prepared), in: spec, at: now, on: connection)
        try connection.noteChange(.keys)
        let entry = KeyAudit(at: now, actor: actor, action: "key.create", version: version)
        try entry.append(to: connection)
    }

    /// All versions of all rings, without private halves, by ring and number.
    package func list() async throws -> [KeyVersion] {
        try await database.read { try KeyRows.all(on: $0) }.map { stored in
            var version = stored.version()
            if stored.lifecycle.state.opensTokens { version.damage = damage(of: stored)?.code }
            return version
        }
    }

    /// Seals and stores a new key and makes it the ring's active one. The ring must have none.
    func insertActive(
        _ key: NewKey, in ring: RingSpec, at now: Timestamp, on connection: any SQLConnection
    ) throws -> StoredVersion {
        var life = KeyLifecycle(createdAt: now)
        // With one node that has every key, each step's condition holds at once; the steps are the same all the same.
        try life.apply(.publish, at: now)
        try life.apply(.activate, at: now)
        return try insert(key, in: ring, life, on: connection)
    }

    /// Seals and stores a new key.
    func insert(
        _ key: NewKey, in ring: RingSpec, _ life: KeyLifecycle, on connection: any SQLConnection
    ) throws -> StoredVersion {
        let version = StoredVersion(
            ring: ring,
            number: try KeyRows.nextNumber(in: ring, on: connection),
            kid: key.kid,
            lifecycle: life,
            publicJWK: key.publicJWK.map { String(decoding: $0.serialized(includingPrivate: false), as: UTF8.self) },
            sealed: try sealer.seal(key.secret, row: StoredVersion.place(ring: ring, kid: key.kid), on: connection))
        try KeyRows.insert(version, on: connection)
        return version
    }

    /// Moves a version on, in the store.
    func apply(
        _ event: KeyEvent, to version: StoredVersion, at now: Timestamp, on connection: any SQLConnection
    ) throws -> StoredVersion {
        var moved = version
        try moved.lifecycle.apply(event, at: now)
        try KeyRows.update(moved.kid, from: version.lifecycle.state, to: moved.lifecycle, on: connection)
        if moved.lifecycle.isDestroyed { moved.sealed = nil }
        return moved
    }
}
