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

    private struct State {
        /// Seals new values.
        var current: DataKey
        /// How often it may still do so before a further block is reserved.
        var left: Int64
        var keys: [[UInt8]: SymmetricKey]
        var isReserving = false
    }

    private let rootKey: RootKey
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
        (self.rootKey, self.database, self.clock, self.limits) = (rootKey, database, clock, limits)
        // All are opened before anything is written: a foreign root key must not add a key of its own.
        let known = try await database.read { try DataKeyRows.all(on: $0) }
        _ = try known.map { try DataKey.unwrap($0, by: rootKey) }
        let opened = try await Self.reserve(limits, rootKey: rootKey, database: database, clock: clock)
        guard let newest = opened.last else { throw KeyError(.dataKeyUnknown, "the store has no data key") }
        state = Mutex(
            State(
                current: newest, left: limits.block,
                keys: Dictionary(opened.map { ($0.id, $0.key) }, uniquingKeysWith: { first, _ in first })))
    }

    /// Sees to it that there are seals to come; call it before a transaction that seals. It costs a transaction once per
    /// block, and else nothing.
    package func replenish() async throws {
        let isDue = state.withLock { state in
            guard state.left <= limits.reserve, !state.isReserving else { return false }
            state.isReserving = true
            return true
        }
        guard isDue else { return }
        defer { state.withLock { $0.isReserving = false } }
        let opened = try await Self.reserve(limits, rootKey: rootKey, database: database, clock: clock)
        guard let newest = opened.last else { return }
        state.withLock { state in
            for key in opened where state.keys[key.id] == nil { state.keys[key.id] = key.key }
            // What is left of an old key's block is given up.
            state.left = newest.id == state.current.id ? state.left + limits.block : limits.block
            state.current = newest
        }
    }

    /// Reserves a block of the newest data key, or of a new one when that has done its work. Returns all, newest last.
    private static func reserve(
        _ limits: SealLimits, rootKey: RootKey, database: any Database, clock: WallClock
    ) async throws -> [DataKey] {
        let rows = try await database.write { connection in
            var rows = try DataKeyRows.all(on: connection)
            if let newest = rows.last, newest.seals <= limits.perDataKey - limits.block {
                try DataKeyRows.addSeals(limits.block, to: newest.id, on: connection)
                return rows
            }
            let fresh = DataKey.random()
            // Always later than the last one, whatever the clock says: the newest key is told by its time.
            let earliest = rows.last?.createdAt.adding(milliseconds: 1) ?? clock.now()
            let row = DataKeyRow(
                id: fresh.name, rootKeyID: rootKey.id, wrapped: try fresh.wrapped(by: rootKey),
                createdAt: max(clock.now(), earliest), seals: limits.block)
            try DataKeyRows.insert(row, on: connection)
            rows.append(row)
            return rows
        }
        return try rows.map { try DataKey.unwrap($0, by: rootKey) }
    }

    /// Seals a secret for its place; throws `data-key-exhausted` when ``replenish()`` was not called in time.
    package func seal(_ secret: SecretBytes, row: RowIdentity) throws(KeyError) -> [UInt8] {
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

    /// Seals a secret for its place. Whoever holds the array wipes it.
    package func seal(_ secret: [UInt8], row: RowIdentity) throws(KeyError) -> [UInt8] {
        try seal(SecretBytes(secret), row: row)
    }

    /// Opens what was sealed for this place; throws `sealed-malformed`, `data-key-unknown` or `seal-broken`.
    package func open(_ sealed: [UInt8], row: RowIdentity) throws(KeyError) -> SecretBytes {
        guard sealed.count >= Self.overhead, sealed.first == Self.version else {
            throw KeyError(.sealedMalformed, "\(Self.place(row)) is truncated or of an unknown version")
        }
        let id = [UInt8](sealed[1..<Self.headerBytes])
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
        "the sealed \(row.column) of \(row.table) \(row.id)"
    }

    private static func associatedData(_ dataKey: [UInt8], _ row: RowIdentity) -> [UInt8] {
        AssociatedData.encode(
            "signet sealed row v\(version)", [Base64URL.encode(dataKey), row.table, row.id, row.column])
    }
}
