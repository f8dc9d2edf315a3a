/// A connection inside a transaction; valid only within the closure that it was given to.
///
/// Statements use `?` for parameters and stay within what both SQLite and PostgreSQL take. Values are always parameters,
/// never part of the text, and texts are constants, so that each is prepared once per connection.
///
/// As in PostgreSQL, a statement that fails ends the transaction: later calls throw the same error and nothing is
/// committed, even if the closure swallows the error. To try a change that may collide, use `ON CONFLICT`.
package protocol SQLConnection {
    /// Runs one statement that gives no rows; returns how many rows it changed.
    @discardableResult
    func execute(_ sql: String, _ arguments: [SQLValue]) throws(StoreError) -> Int

    /// Runs one statement and returns all its rows. Bound the result in the statement (`LIMIT`).
    func query(_ sql: String, _ arguments: [SQLValue]) throws(StoreError) -> [SQLRow]

    /// Says that this transaction changes what observers of `topic` read; they run after the commit.
    func noteChange(_ topic: ChangeTopic) throws(StoreError)
}

extension SQLConnection {
    /// Runs one statement without parameters that gives no rows.
    @discardableResult
    package func execute(_ sql: String) throws(StoreError) -> Int { try execute(sql, []) }

    /// Runs one statement without parameters and returns all its rows.
    package func query(_ sql: String) throws(StoreError) -> [SQLRow] { try query(sql, []) }
}
