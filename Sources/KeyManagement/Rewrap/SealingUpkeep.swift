import JOSE
package import Logging
package import Store
import Synchronization

/// What is done about the keys of sealing at rest while the service runs: another root key, another data key.
package final class SealingUpkeep: Sendable {
    /// How many values one transaction seals.
    private static let batch: Int64 = 200

    let database: any Database
    let sealer: Sealer
    let rootKey: InstalledRootKey
    let keys: KeyStore
    let columns: [SealedColumn]
    let clock: WallClock
    private let progress: Mutex<RewrapProgress>
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    /// Does at once what the start of the service asked for, and finds out whether a rewrap was cut off.
    ///
    /// - Parameters:
    ///   - keys: knows what a device has sealed besides.
    ///   - columns: all sealed columns of the store. A value in another one could not be opened after a rewrap.
    package init(
        database: any Database, sealer: Sealer, rootKey: InstalledRootKey, keys: KeyStore, columns: [SealedColumn],
        clock: WallClock = .system
    ) async throws {
        (self.database, self.sealer, self.rootKey, self.keys, self.columns, self.clock) = (
            database, sealer, rootKey, keys, columns, clock
        )
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        let last = try await database.read { try RewrapRows.last(on: $0)?.progress } ?? RewrapProgress()
        progress = Mutex(last)
        if last.state == .running { wake.yield() }
        try await rootKey.succeed(sealer, record: Self.rotation(of: rootKey.key, actor: "system", at: clock.now()))
    }

    // MARK: The root key

    /// Gives the store another root key, protected as the present one is. Nothing else changes: what was sealed stays as it
    /// is, and only the data keys are wrapped anew.
    ///
    /// - Returns: the ids of the new root key and of the old one.
    /// - Throws: `root-key-outside` when the key is not in a file, ``ProviderError`` when the device can't wrap it.
    package func rotateRootKey(actor: String) async throws -> (id: String, previous: String) {
        let previous = try await sealer.rootKeyInForce()
        let record = Self.rotation(of: previous, actor: actor, at: clock.now())
        return (try await rootKey.rotate(sealer, record: record).id, previous.id)
    }

    private static func rotation(
        of previous: RootKey, actor: String, at now: Timestamp
    ) -> @Sendable (RootKey, any SQLConnection) throws -> Void {
        { next, connection in
            let detail: JSONValue = ["previous": .string(previous.id)]
            let entry = AuditEntry(
                at: now, actor: actor, action: "root-key.rotate", target: next.id,
                detail: detail.serializedString(pretty: false))
            try AuditLog.append(entry, to: connection)
        }
    }

    // MARK: The data keys

    /// How far the present rewrap is, or how the last one ended.
    package var rewrapProgress: RewrapProgress { progress.withLock { $0 } }

    /// Begins to seal everything anew by another data key, after the device, where there is one, has wrapped the root key by
    /// the newest version of its key; keys that a device has sealed follow in the same way, in the background. When that goes on already, nothing more is begun.
    ///
    /// - Throws: ``ProviderError`` when the device can't wrap; nothing is begun then.
    package func startRewrap(actor: String) async throws -> RewrapProgress {
        let before = progress.withLock { progress -> RewrapProgress? in
            guard progress.state != .running else { return nil }
            defer {
                progress = RewrapProgress()
                progress.state = .running
                progress.startedAt = clock.now()
            }
            return progress
        }
        guard let before else { return rewrapProgress }
        let now = clock.now()
        do {
            let isProtectedAnew = try await rootKey.protectAnew(sealer)
            let id = try await sealer.changeDataKey { id, connection in
                try RewrapRows.begin(id, actor: actor, at: now, on: connection)
                let detail: JSONValue = ["root_key_wrapped": .bool(isProtectedAnew)]
                let entry = AuditEntry(
                    at: now, actor: actor, action: "rewrap.begin", target: id,
                    detail: detail.serializedString(pretty: false))
                try AuditLog.append(entry, to: connection)
            }
            progress.withLock { $0.dataKey = id }
        } catch {
            progress.withLock { $0 = before }
            throw error
        }
        wake.yield()
        return rewrapProgress
    }

    /// Does the work of rewraps until the task is cancelled. What fails is tried again: it is all in the store.
    package func run(logger: Logger) async {
        for await _ in wakes {
            while !Task.isCancelled {
                do {
                    let end = try await rewrap()
                    let figures: Logger.Metadata = ["values": "\(end.done)", "failed": "\(end.failed)"]
                    if end.state == .done {
                        logger.notice("everything is sealed by a new data key", metadata: figures)
                    } else {
                        logger.error(
                            "not everything could be sealed anew: what failed and the old data keys are kept",
                            metadata: figures)
                    }
                    break
                } catch {
                    if Task.isCancelled { return }
                    logger.error("the rewrap was cut off and goes on", metadata: ["error": "\(error)"])
                    do { try await Task.sleep(for: .seconds(1)) } catch { return }
                }
            }
        }
    }

    /// Has the device wrap anew what it sealed; then seals every value that an older data key sealed by the one of the rewrap,
    /// from the first to the last.
    private func rewrap() async throws -> RewrapProgress {
        // A transaction of its own: when it is through, so are all that sealed by an older key.
        let keys = try await database.write { try DataKeyRows.all(on: $0) }
        let (dataKey, startedAt) = progress.withLock { ($0.dataKey, $0.startedAt) }
        guard let target = keys.first(where: { $0.id == dataKey }) else {
            throw KeyError(.dataKeyUnknown, "the store does not have the data key of the rewrap")
        }
        let old = keys.filter { ($0.createdAt, $0.id) < (target.createdAt, target.id) }
        var state = RewrapProgress()
        (state.state, state.dataKey, state.startedAt) = (.running, target.id, startedAt)
        state.total = try await database.read { [columns] connection in
            try columns.reduce(0) { try $0 + (connection.query($1.count).first?.integer("total") ?? 0) }
        }
        state.total += Int64(try await self.keys.kidsSealedByDevice().count)
        try await wrapSealedKeysAnew(&state)
        let oldIDs = Set(try old.map { try Base64URL.decode($0.id) })
        let fresh = Set(try keys.map { try Base64URL.decode($0.id) }).subtracting(oldIDs)
        for column in columns {
            var last: SQLValue?
            repeat {
                progress.withLock { $0 = state }
                try Task.checkCancellation()
                last = try await rewrap(column, after: last, keeping: fresh, &state)
            } while last != nil
        }
        return try await end(&state, old: old)
    }

    /// Whatever data key a row is sealed by: which version of the device's key sealed it is not seen from here.
    private func wrapSealedKeysAnew(_ state: inout RewrapProgress) async throws {
        var seen: Set<String> = []
        while true {
            // Once more for those that were made meanwhile.
            let kids = try await keys.kidsSealedByDevice().filter { !seen.contains($0) }
            guard !kids.isEmpty else { return }
            seen.formUnion(kids)
            for start in stride(from: 0, to: kids.count, by: CallsAtOnce.most) {
                progress.withLock { $0 = state }
                try Task.checkCancellation()
                let batch = Array(kids[start..<min(start + CallsAtOnce.most, kids.count)])
                let codes = await CallsAtOnce.map(batch) { [keys] kid in
                    await Result.catching { try await keys.wrapAnew(kid: kid) }
                }
                for (kid, code) in zip(batch, codes) {
                    state.done += 1
                    if let code = try code.get() { state.fail("key_version", row: kid, code: code) }
                }
            }
        }
    }

    /// One batch.
    ///
    /// - Returns: the last row's key; nil when there are no more.
    private func rewrap(
        _ column: SealedColumn, after last: SQLValue?, keeping fresh: Set<[UInt8]>, _ state: inout RewrapProgress
    ) async throws -> SQLValue? {
        try await sealer.replenish()
        let rows = try await database.read { try column.page(after: last, limit: Self.batch, on: $0) }
        var opened: [(key: SQLValue, sealed: [UInt8], place: RowIdentity, secret: SecretBytes)] = []
        for row in rows {
            let (key, sealed, place) = (try row.value(column.key), try row.blob(column.column), try column.place(row))
            if let id = Sealer.dataKey(of: sealed), fresh.contains(id) { continue }
            do throws(KeyError) {
                opened.append((key, sealed, place, try sealer.open(sealed, row: place)))
            } catch {
                state.fail(column.table, row: Self.text(key), code: error.code.rawValue)
            }
        }
        if !opened.isEmpty {
            try await database.write { [sealer, opened] connection in
                for (key, sealed, place, secret) in opened {
                    let again = try sealer.seal(secret, row: place, on: connection)
                    try connection.execute(column.replace, [.blob(again), key, .blob(sealed)])
                }
            }
        }
        state.done += Int64(rows.count)
        return try rows.last?.value(column.key)
    }

    /// Deletes the old data keys when nothing needs them any more, and takes down how it ended.
    private func end(_ running: inout RewrapProgress, old: [DataKeyRow]) async throws -> RewrapProgress {
        running.state = running.failed == 0 ? .done : .incomplete
        running.endedAt = clock.now()
        let progress = running
        let now = clock.now()
        try await database.write { connection in
            guard let (_, actor) = try RewrapRows.last(on: connection) else { return }
            if progress.state == .done { for key in old { try DataKeyRows.delete(key.id, at: now, on: connection) } }
            try RewrapRows.end(progress, on: connection)
            let detail: JSONValue = [
                "state": .string(progress.state.rawValue), "values": .integer(progress.done),
                "failed": .integer(progress.failed),
            ]
            let entry = AuditEntry(
                at: now, actor: actor, action: "rewrap.end", target: progress.dataKey ?? "",
                detail: detail.serializedString(pretty: false))
            try AuditLog.append(entry, to: connection)
        }
        if progress.state == .done { sealer.forget(Set(try old.map { try Base64URL.decode($0.id) })) }
        self.progress.withLock { $0 = progress }
        return progress
    }

    private static func text(_ key: SQLValue) -> String {
        switch key {
        case .text(let text): text
        case .blob(let octets): octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        case .integer(let number): String(number)
        default: ""
        }
    }
}

extension Result where Failure == any Error {
    /// What an asynchronous call gives.
    fileprivate static func catching(_ body: () async throws -> Success) async -> Self {
        do { return .success(try await body()) } catch { return .failure(error) }
    }
}
