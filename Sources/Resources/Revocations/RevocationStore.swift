package import Store

/// The store of revocations.
package final class RevocationStore: Sendable {
    /// How long, in seconds, a revocation is kept beyond the life of what it hits: leeways and clocks differ.
    package static let slack: Int64 = 3600
    /// The most rows that are read in one query.
    static let page = 10_000

    private let database: any Database
    private let clock: WallClock

    /// A store over migrated tables.
    package init(database: any Database, clock: WallClock) {
        self.database = database
        self.clock = clock
    }

    /// Revokes, and returns when every gateway of this process enforces it.
    package func revoke(_ revocation: Revocation, actor: String) async throws {
        let now = clock.now()
        try await database.write { connection in
            try Self.add(revocation, actor: actor, at: now, on: connection)
        }
    }

    /// Revokes in the caller's transaction, with its audit row. Nothing happens when it is covered already.
    package static func add(
        _ revocation: Revocation, actor: String, at now: Timestamp, on connection: any SQLConnection
    ) throws(StoreError) {
        guard try !isCovered(revocation, on: connection) else { return }
        let last = try connection.query("SELECT COALESCE(MAX(seq), 0) AS last FROM revocation")
        let sequence = try (last.first?.integer("last") ?? 0) + 1
        try connection.execute(
            """
            INSERT INTO revocation (seq, kind, value, not_before, expires_at, reason, actor, created_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .integer(sequence), .text(revocation.kind.rawValue), .text(revocation.value),
                .optional(revocation.notBefore), .timestamp(revocation.expiresAt), .text(revocation.reason),
                .text(actor), .timestamp(now),
            ])
        try AuditLog.append(
            AuditEntry(
                at: now, actor: actor, action: "revocation.add",
                target: "\(revocation.kind.rawValue) \(revocation.value)"),
            to: connection)
        try connection.noteChange(.revocations)
    }

    /// Every revocation in force.
    package func load() async throws -> RevocationIndex {
        try await refresh(RevocationIndex())
    }

    /// The index with what was revoked since it was read, and without what has expired.
    package func refresh(_ index: RevocationIndex) async throws -> RevocationIndex {
        let now = clock.now()
        return try await database.read { try Self.refresh(index, at: now, on: $0) }
    }

    /// The same in the caller's transaction.
    package static func refresh(
        _ index: RevocationIndex, at now: Timestamp, on connection: any SQLConnection
    ) throws(StoreError) -> RevocationIndex {
        var index = index
        while true {
            let records = try records(after: index.sequence, limit: page, on: connection)
            for record in records { index.add(record) }
            guard records.count == page else { break }
        }
        index.removeExpiredIfDue(at: now)
        return index
    }

    /// The records before a sequence number, newest first.
    package func records(before sequence: Int64 = .max, limit: Int) async throws -> [RevocationRecord] {
        try await database.read { connection in
            let rows = try connection.query(
                "SELECT \(Self.columns) FROM revocation WHERE seq < ? ORDER BY seq DESC LIMIT ?",
                [.integer(sequence), .integer(Int64(limit))])
            return try rows.map(Self.record)
        }
    }

    /// Removes the rows that can't hit a living token any more; returns how many.
    ///
    /// The last row stays, so that the sequence never goes back.
    package func purge() async throws -> Int {
        let now = clock.now()
        return try await database.write { connection in
            try connection.execute(
                "DELETE FROM revocation WHERE expires_at <= ? AND seq < (SELECT MAX(seq) FROM revocation)",
                [.timestamp(now)])
        }
    }

    private static func records(
        after sequence: Int64, limit: Int, on connection: any SQLConnection
    ) throws(StoreError) -> [RevocationRecord] {
        let rows = try connection.query(
            "SELECT \(columns) FROM revocation WHERE seq > ? ORDER BY seq LIMIT ?",
            [.integer(sequence), .integer(Int64(limit))])
        var records: [RevocationRecord] = []
        for row in rows { records.append(try record(row)) }
        return records
    }

    private static func isCovered(
        _ revocation: Revocation, on connection: any SQLConnection
    ) throws(StoreError) -> Bool {
        let covering = try connection.query(
            """
            SELECT seq FROM revocation WHERE kind = ? AND value = ? AND expires_at >= ?
            AND (not_before IS NULL OR not_before >= ?) LIMIT 1
            """,
            [
                .text(revocation.kind.rawValue), .text(revocation.value), .timestamp(revocation.expiresAt),
                .integer(revocation.notBefore?.milliseconds ?? .max),
            ])
        return !covering.isEmpty
    }

    private static let columns = "seq, kind, value, not_before, expires_at, reason, actor, created_at"

    private static func record(_ row: SQLRow) throws(StoreError) -> RevocationRecord {
        guard let kind = Revocation.Kind(rawValue: try row.text("kind")) else {
            throw StoreError(.rowInvalid, "expected a kind of revocation that this program knows")
        }
        let revocation = Revocation(
            kind: kind, value: try row.text("value"), notBefore: try row.optionalTimestamp("not_before"),
            expiresAt: try row.timestamp("expires_at"), reason: try row.text("reason"))
        return RevocationRecord(
            sequence: try row.integer("seq"), createdAt: try row.timestamp("created_at"),
            actor: try row.text("actor"), revocation: revocation)
    }
}
