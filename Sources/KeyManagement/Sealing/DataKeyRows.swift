import Store

/// A row of the table data_key.
struct DataKeyRow: Sendable {
    var id: String
    var rootKeyID: String
    var wrapped: [UInt8]
    var createdAt: Timestamp
    /// How often it may have sealed: every block that a process reserved counts as used.
    var seals: Int64
}

/// The table data_key.
enum DataKeyRows {
    static let migration = Migration(
        id: "keys-001",
        statements: [
            """
            CREATE TABLE data_key (
                id TEXT NOT NULL PRIMARY KEY,
                root_key_id TEXT NOT NULL,
                wrapped BYTEA NOT NULL,
                created_at BIGINT NOT NULL
            )
            """
        ])

    static let countingMigration = Migration(
        id: "keys-004",
        statements: [
            "ALTER TABLE data_key ADD COLUMN seals BIGINT NOT NULL DEFAULT 0",
            // How often these have sealed was not counted, so they seal no more.
            "UPDATE data_key SET seals = 4294967296",
        ])

    /// The id of the root key that wraps them; nil in a new store. Within a transaction it is the same for all.
    static func rootKeyID(on connection: any SQLConnection) throws(StoreError) -> String? {
        try connection.query("SELECT root_key_id FROM data_key ORDER BY created_at DESC, id DESC LIMIT 1").first?
            .text("root_key_id")
    }

    /// All of them, the oldest first.
    static func all(on connection: any SQLConnection) throws(StoreError) -> [DataKeyRow] {
        var rows: [DataKeyRow] = []
        let sql = "SELECT id, root_key_id, wrapped, created_at, seals FROM data_key ORDER BY created_at, id"
        for row in try connection.query(sql) {
            rows.append(
                DataKeyRow(
                    id: try row.text("id"), rootKeyID: try row.text("root_key_id"), wrapped: try row.blob("wrapped"),
                    createdAt: try row.timestamp("created_at"), seals: try row.integer("seals")))
        }
        return rows
    }

    static func insert(_ row: DataKeyRow, on connection: any SQLConnection) throws(StoreError) {
        try connection.execute(
            "INSERT INTO data_key (id, root_key_id, wrapped, created_at, seals) VALUES (?, ?, ?, ?, ?)",
            [
                .text(row.id), .text(row.rootKeyID), .blob(row.wrapped), .timestamp(row.createdAt),
                .integer(row.seals),
            ])
        try AuditLog.append(
            AuditEntry(at: row.createdAt, actor: "system", action: "data-key.create", target: row.id), to: connection)
    }

    /// Takes down how another root key wraps a data key.
    static func rewrap(
        _ row: DataKeyRow, _ wrapped: [UInt8], by rootKeyID: String, on connection: any SQLConnection
    ) throws(StoreError) {
        try connection.execute(
            "UPDATE data_key SET root_key_id = ?, wrapped = ? WHERE id = ?",
            [.text(rootKeyID), .blob(wrapped), .text(row.id)])
    }

    static func delete(_ id: String, at now: Timestamp, on connection: any SQLConnection) throws(StoreError) {
        try connection.execute("DELETE FROM data_key WHERE id = ?", [.text(id)])
        try AuditLog.append(
            AuditEntry(at: now, actor: "system", action: "data-key.destroy", target: id), to: connection)
    }

    static func addSeals(_ count: Int64, to id: String, on connection: any SQLConnection) throws(StoreError) {
        try connection.execute(
            "UPDATE data_key SET seals = seals + ? WHERE id = ?", [.integer(count), .text(id)])
    }
}
