internal import Crypto
internal import FoundationEssentials
package import JOSE
package import Store
import Synchronization

/// Seals the secrets of rows (AES-256-GCM) with data keys that the root key wraps.
///
/// A data key that has sealed as often as its ``SealLimits`` allow is followed by another; it opens what it sealed.
///
/// A sealed value is: version (1 octet), id of the data key (16), nonce (12), ciphertext, tag (16). The row's identity is
/// authenticated with it.
package final class Sealer: Sendable {
    static let version: UInt8 = 1
    private static let headerBytes = 1 + DataKey.idBytes
    private static let overhead = headerBytes + 12 + 16
    /// How long a data key that nothing in the store needs any more still opens what was read before.
    private static let grace = Duration.seconds(60)

    private struct State {
        var roots: RootKeys
        /// Seals new values.
        var current: DataKey
        /// When the current key was made: an older one never takes its place again.
        var currentSince: Timestamp
        /// How often it may still do so before a further block is reserved.
        var left: Int64
        var keys: [[UInt8]: SymmetricKey]
        /// Keys that are gone from the store, with the end of their grace.
        var ending: [[UInt8]: ContinuousClock.Instant] = [:]
        var isReserving = false

        /// Forgets the keys whose grace is over.
        mutating func endKeys() {
            guard !ending.isEmpty else { return }
            let now = ContinuousClock.now
            for (id, end) in ending where end <= now {
                keys[id] = nil
                ending[id] = nil
            }
        }

        mutating func adopt(_ opened: Opened, block: Int64) {
            for key in opened.keys where keys[key.id] == nil { keys[key.id] = key.key }
            if opened.newest.id == current.id {
                left += block
            } else if opened.since > currentSince {
                // What is left of an old key's block is given up.
                (current, currentSince, left) = (opened.newest, opened.since, block)
            }
        }
    }

    /// The data keys of a moment.
    private struct Opened: Sendable {
        var keys: [DataKey]
        var newest: DataKey
        var since: Timestamp
    }

    private let database: any Database
    private let clock: WallClock
    private let limits: SealLimits
    private let state: Mutex<State>

    /// Loads the data keys; makes the first one in a new store. The store's migrations must have run.
    ///
    /// Throws `root-key-foreign` when another root key wrapped them, `seal-broken` when one was changed.
    package init(
        rootKey: RootKey, database: any Database, clock: WallClock = .system, limits: SealLimits = SealLimits()
    ) async throws {
        (self.database, self.clock, self.limits) = (database, clock, limits)
        let roots = RootKeys(present: rootKey)
        // All are opened before anything is written: a foreign root key must not add a key of its own.
        let known = try await database.read { try DataKeyRows.all(on: $0) }
        _ = try known.map { try DataKey.unwrap($0, by: roots) }
        let opened = try await database.write { connection in
            try Self.reserve(limits, roots, at: clock.now(), on: connection)
        }
        state = Mutex(
            State(
                roots: roots, current: opened.newest, currentSince: opened.since, left: limits.block,
                keys: Dictionary(opened.keys.map { ($0.id, $0.key) }, uniquingKeysWith: { first, _ in first })))
    }

    /// Sees to it that there are seals to come; call it before a transaction that seals. It costs a transaction once per
    /// block, and else nothing.
    package func replenish() async throws {
        let isDue = state.withLock { state in
            state.endKeys()
            guard state.left <= limits.reserve, !state.isReserving else { return false }
            state.isReserving = true
            return true
        }
        guard isDue else { return }
        defer { state.withLock { $0.isReserving = false } }
        let opened = try await database.write { [self] connection in
            try Self.reserve(limits, state.withLock(\.roots), at: clock.now(), on: connection)
        }
        state.withLock { $0.adopt(opened, block: limits.block) }
    }

    /// Reserves a block of the newest data key, or of a new one when that has done its work.
    private static func reserve(
        _ limits: SealLimits, _ roots: RootKeys, at now: Timestamp, on connection: any SQLConnection
    ) throws -> Opened {
        let rows = try DataKeyRows.all(on: connection)
        guard let newest = rows.last, newest.seals <= limits.perDataKey - limits.block else {
            return try insertKey(after: rows, limits, roots, at: now, on: connection)
        }
        try DataKeyRows.addSeals(limits.block, to: newest.id, on: connection)
        return try open(rows, roots, newest)
    }

    private static func insertKey(
        after rows: [DataKeyRow], _ limits: SealLimits, _ roots: RootKeys, at now: Timestamp,
        on connection: any SQLConnection
    ) throws -> Opened {
        // The store says which root key is in force, whatever this process has heard of so far.
        let root = try rows.last.map { try roots.needed(for: $0) } ?? roots.present
        let fresh = DataKey.random()
        // Always later than the last one, whatever the clock says: the newest key is told by its time.
        let earliest = rows.last?.createdAt.adding(milliseconds: 1) ?? now
        let row = DataKeyRow(
            id: fresh.name, rootKeyID: root.id, wrapped: try fresh.wrapped(by: root), createdAt: max(now, earliest),
            seals: limits.block)
        try DataKeyRows.insert(row, on: connection)
        return try open(rows + [row], roots, row)
    }

    private static func open(_ rows: [DataKeyRow], _ roots: RootKeys, _ newest: DataKeyRow) throws -> Opened {
        let keys = try rows.map { try DataKey.unwrap($0, by: roots) }
        guard let last = keys.last else { throw KeyError(.dataKeyUnknown, "the store has no data key") }
        return Opened(keys: keys, newest: last, since: newest.createdAt)
    }

    /// Seals a secret for its place, within the transaction that stores it: when a transaction that began later sees no
    /// value of an old data key, there is none on its way.
    ///
    /// Throws `data-key-exhausted` when ``replenish()`` was not called in time.
    package func seal(
        _ secret: SecretBytes, row: RowIdentity, on _: any SQLConnection
    ) throws(KeyError) -> [UInt8] {
        try seal(secret, row: row)
    }

    /// The same for octets. Whoever holds the array wipes it.
    package func seal(_ secret: [UInt8], row: RowIdentity, on connection: any SQLConnection) throws(KeyError) -> [UInt8]
    {
        try seal(SecretBytes(secret), row: row, on: connection)
    }

    func seal(_ secret: SecretBytes, row: RowIdentity) throws(KeyError) -> [UInt8] {
        let current = try takeSeal()
        do {
            let box = unsafe try secret.withUnsafeBytes {
                unsafe try AES.GCM.seal($0, using: current.key, authenticating: Self.associatedData(current.id, row))
            }
            return [Self.version] + current.id + [UInt8](box.combined ?? Data())
        } catch {
            throw KeyError(.sealBroken, "a secret of \(row.table) can't be sealed")
        }
    }

    /// Opens what was sealed for this place; throws `sealed-malformed`, `data-key-unknown` or `seal-broken`.
    package func open(_ sealed: [UInt8], row: RowIdentity) throws(KeyError) -> SecretBytes {
        guard let id = Self.dataKey(of: sealed) else {
            throw KeyError(.sealedMalformed, "\(Self.place(row)) is truncated or of an unknown version")
        }
        guard let key = state.withLock({ $0.keys[id] }) else {
            throw KeyError(.dataKeyUnknown, "\(Self.place(row)) was sealed by a data key that the store does not have")
        }
        do {
            let box = try AES.GCM.SealedBox(combined: sealed[Self.headerBytes...])
            var plain = try AES.GCM.open(box, using: key, authenticating: Self.associatedData(id, row))
            defer { plain.resetBytes(in: plain.startIndex..<plain.endIndex) }
            return SecretBytes(wiping: [UInt8](plain))
        } catch {
            throw KeyError(.sealBroken, "\(Self.place(row)) was changed, or belongs to another row")
        }
    }

    /// The id of the data key that made a sealed value; nil for what is no sealed value.
    static func dataKey(of sealed: [UInt8]) -> [UInt8]? {
        guard sealed.count >= overhead, sealed.first == version else { return nil }
        return [UInt8](sealed[1..<headerBytes])
    }

    /// The key for one more seal.
    private func takeSeal() throws(KeyError) -> DataKey {
        let key = state.withLock { state -> DataKey? in
            guard state.left > 0 else { return nil }
            state.left -= 1
            return state.current
        }
        guard let key else { throw KeyError(.dataKeyExhausted, "no more seals are reserved for the data key") }
        return key
    }

    private static func place(_ row: RowIdentity) -> String {
        "the \(row.secret) of \(row.table) \(row.id)"
    }

    private static func associatedData(_ dataKey: [UInt8], _ row: RowIdentity) -> [UInt8] {
        AssociatedData.encode(
            "signet sealed row v\(version)", [Base64URL.encode(dataKey), row.table, row.id, row.column])
    }
}

// MARK: - Other keys

extension Sealer {
    /// The root key in force, as the store says: a commit that failed may be on the disk all the same.
    ///
    /// - Throws: `root-key-foreign` when it is none that this process knows.
    func rootKeyInForce() async throws -> RootKey {
        guard let newest = try await database.read({ try DataKeyRows.all(on: $0).last }) else {
            return state.withLock(\.roots.present)
        }
        return try state.withLock { state throws(KeyError) in
            let root = try state.roots.needed(for: newest)
            state.roots = RootKeys(present: root)
            return root
        }
    }

    /// Wraps every data key by another root key, in one transaction.
    ///
    /// A reservation that happens meanwhile finds the root key that it needs, whichever transaction comes first: both are
    /// known from before the change until it is certain.
    ///
    /// - Throws: what kept the store from it; whether it did it all the same is told by ``rootKeyInForce()``.
    func changeRootKey(
        to next: RootKey, record: @escaping @Sendable (any SQLConnection) throws -> Void
    ) async throws {
        state.withLock { $0.roots.next = next }
        try await database.write { [self] connection in
            let roots = state.withLock(\.roots)
            for row in try DataKeyRows.all(on: connection) {
                let wrapped = try DataKey.unwrap(row, by: roots).wrapped(by: next)
                try DataKeyRows.rewrap(row, wrapped, by: next.id, on: connection)
            }
            try record(connection)
        }
    }

    /// Has another data key seal from now on, in the caller's words: `record` is part of the transaction that makes it.
    ///
    /// - Returns: its id.
    func changeDataKey(
        record: @escaping @Sendable (_ id: String, any SQLConnection) throws -> Void
    ) async throws -> String {
        let opened = try await database.write { [self] connection in
            let opened = try Self.insertKey(
                after: try DataKeyRows.all(on: connection), limits, state.withLock(\.roots), at: clock.now(),
                on: connection)
            try record(opened.newest.name, connection)
            return opened
        }
        state.withLock { $0.adopt(opened, block: limits.block) }
        return opened.newest.name
    }

    /// Lets go of data keys that the store has no more, after a while: what was read before is still to be opened.
    func forget(_ ids: Set<[UInt8]>) {
        let end = ContinuousClock.now + Self.grace
        state.withLock { state in for id in ids { state.ending[id] = end } }
    }
}
