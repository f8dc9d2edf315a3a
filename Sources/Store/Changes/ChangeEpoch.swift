/// The persisted number of commits that noted a change.
///
/// Read it in the transaction that reads the data, and the two belong together.
package enum ChangeEpoch {
    static let counter = "change-epoch"

    /// The epoch of the snapshot that `connection` sees.
    package static func current(on connection: any SQLConnection) throws(StoreError) -> Int64 {
        try StoreCounter.value(of: counter, on: connection)
    }

    static func advance(on connection: any SQLConnection) throws(StoreError) -> Int64 {
        try StoreCounter.advance(counter, on: connection)
    }
}

/// Counters that grow by one within a transaction, without gaps.
///
/// A row per counter rather than the database's own sequences: those leave gaps on rollback and differ between databases;
/// the row's lock also puts concurrent transactions in order.
enum StoreCounter {
    static func value(of name: String, on connection: any SQLConnection) throws(StoreError) -> Int64 {
        let rows = try connection.query("SELECT value FROM store_counter WHERE name = ?", [.text(name)])
        guard let row = rows.first else { throw missing(name) }
        return try row.integer("value")
    }

    static func advance(_ name: String, on connection: any SQLConnection) throws(StoreError) -> Int64 {
        let sql = "UPDATE store_counter SET value = value + 1 WHERE name = ? RETURNING value"
        let rows = try connection.query(sql, [.text(name)])
        guard let row = rows.first else { throw missing(name) }
        return try row.integer("value")
    }

    private static func missing(_ name: String) -> StoreError {
        StoreError(.corrupt, "expected the counter \(name) in the table store_counter, found none")
    }
}
