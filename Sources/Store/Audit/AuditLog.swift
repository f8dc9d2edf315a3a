/// Who did what to which thing; part of the transaction that did it.
package struct AuditEntry: Sendable, Equatable {
    package var at: Timestamp
    /// Who: `cli`, an administrator, a client, or `system`.
    package var actor: String
    /// What, as `area.verb`: `key.rotate`.
    package var action: String
    /// To what: a name, a kid, a ring; never a secret.
    package var target: String
    /// A JSON object with what else there is to know; never a secret.
    package var detail: String

    package init(at: Timestamp, actor: String, action: String, target: String, detail: String = "{}") {
        self.at = at
        self.actor = actor
        self.action = action
        self.target = target
        self.detail = detail
    }
}

/// An entry and its place in the log.
package struct AuditRecord: Sendable, Equatable {
    /// 1 for the first; without gaps.
    package let sequence: Int64
    package let entry: AuditEntry
}

/// The append-only log of changes; the database itself refuses to update or delete its rows.
package enum AuditLog {
    static let counter = "audit-log"

    /// Most entries that one page holds.
    package static let largestPage = 1000

    /// Appends `entry` in the caller's transaction.
    package static func append(_ entry: AuditEntry, to connection: any SQLConnection) throws(StoreError) {
        let sequence = try StoreCounter.advance(counter, on: connection)
        try connection.execute(
            "INSERT INTO audit_log (seq, at, actor, action, target, detail) VALUES (?, ?, ?, ?, ?, ?)",
            [
                .integer(sequence), .timestamp(entry.at), .text(entry.actor), .text(entry.action),
                .text(entry.target), .text(entry.detail),
            ]
        )
    }

    /// The newest entries before `sequence` (or the newest of all), newest first; at most `largestPage`.
    package static func page(
        before sequence: Int64? = nil, limit: Int, on connection: any SQLConnection
    ) throws(StoreError) -> [AuditRecord] {
        let rows = try connection.query(
            "SELECT seq, at, actor, action, target, detail FROM audit_log WHERE seq < ? ORDER BY seq DESC LIMIT ?",
            [.integer(sequence ?? .max), .integer(Int64(min(max(limit, 0), largestPage)))]
        )
        var records: [AuditRecord] = []
        for row in rows {
            let entry = AuditEntry(
                at: try row.timestamp("at"), actor: try row.text("actor"), action: try row.text("action"),
                target: try row.text("target"), detail: try row.text("detail")
            )
            records.append(AuditRecord(sequence: try row.integer("seq"), entry: entry))
        }
        return records
    }
}
