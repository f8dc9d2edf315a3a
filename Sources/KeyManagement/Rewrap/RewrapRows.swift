import JOSE
import Store

/// The table rewrap: the last one, in one row, so that one that was cut off goes on.
enum RewrapRows {
    static let migration = Migration(
        id: "keys-007",
        statements: [
            """
            CREATE TABLE rewrap (
                data_key_id TEXT NOT NULL PRIMARY KEY,
                actor TEXT NOT NULL,
                state TEXT NOT NULL,
                started_at BIGINT NOT NULL,
                ended_at BIGINT,
                total BIGINT NOT NULL DEFAULT 0,
                done BIGINT NOT NULL DEFAULT 0,
                failed BIGINT NOT NULL DEFAULT 0,
                failures TEXT NOT NULL DEFAULT '[]'
            )
            """
        ])

    static func begin(
        _ dataKey: String, actor: String, at now: Timestamp, on connection: any SQLConnection
    ) throws(StoreError) {
        try connection.execute("DELETE FROM rewrap")
        try connection.execute(
            "INSERT INTO rewrap (data_key_id, actor, state, started_at) VALUES (?, ?, 'running', ?)",
            [.text(dataKey), .text(actor), .timestamp(now)])
    }

    static func end(_ progress: RewrapProgress, on connection: any SQLConnection) throws(StoreError) {
        let failures = JSONValue.array(
            progress.failures.map {
                ["table": .string($0.table), "row": .string($0.row), "code": .string($0.code)]
            })
        try connection.execute(
            """
            UPDATE rewrap SET state = ?, ended_at = ?, total = ?, done = ?, failed = ?, failures = ?
            WHERE data_key_id = ?
            """,
            [
                .text(progress.state.rawValue), .optional(progress.endedAt), .integer(progress.total),
                .integer(progress.done), .integer(progress.failed), .text(failures.serializedString(pretty: false)),
                .optional(progress.dataKey),
            ])
    }

    /// The last one, with who began it; nil when there was none.
    static func last(
        on connection: any SQLConnection
    ) throws(StoreError) -> (progress: RewrapProgress, actor: String)? {
        guard let row = try connection.query("SELECT * FROM rewrap LIMIT 1").first else { return nil }
        var progress = RewrapProgress()
        guard let state = RewrapProgress.State(rawValue: try row.text("state")) else {
            throw StoreError(.rowInvalid, "expected the state of a rewrap, found another text")
        }
        progress.state = state
        progress.dataKey = try row.text("data_key_id")
        progress.startedAt = try row.timestamp("started_at")
        progress.endedAt = try row.optionalTimestamp("ended_at")
        progress.total = try row.integer("total")
        progress.done = try row.integer("done")
        progress.failed = try row.integer("failed")
        let told = (try? JSONValue(parsing: Array(try row.text("failures").utf8)))?.arrayValue ?? []
        progress.failures = told.map { failure in
            RewrapProgress.Failure(
                table: failure["table"]?.stringValue ?? "", row: failure["row"]?.stringValue ?? "",
                code: failure["code"]?.stringValue ?? "")
        }
        return (progress, try row.text("actor"))
    }
}
