package import Store

/// A column that holds sealed values, as the module that owns the table describes it: all that is needed to seal each value
/// anew.
package struct SealedColumn: Sendable {
    package let table: String
    /// The column that is the table's primary key, TEXT or BYTEA.
    package let key: String
    package let column: String
    /// Where the value of a row is sealed for; the row has the key and the other columns that were asked for.
    let place: @Sendable (SQLRow) throws -> RowIdentity
    /// The first rows, and those after a key.
    private let firstPage: String
    private let nextPage: String
    let count: String
    let replace: String

    /// - Parameter others: columns besides the key that ``RowIdentity`` is made of.
    package init(
        table: String, key: String, others: [String] = [], column: String,
        place: @escaping @Sendable (SQLRow) throws -> RowIdentity
    ) {
        (self.table, self.key, self.column, self.place) = (table, key, column, place)
        let columns = ([key] + others + [column]).joined(separator: ", ")
        let select = "SELECT \(columns) FROM \(table) WHERE \(column) IS NOT NULL"
        firstPage = "\(select) ORDER BY \(key) LIMIT ?"
        nextPage = "\(select) AND \(key) > ? ORDER BY \(key) LIMIT ?"
        count = "SELECT COUNT(*) AS total FROM \(table) WHERE \(column) IS NOT NULL"
        // Whoever changed the value meanwhile has sealed it by the new key, or deleted it.
        replace = "UPDATE \(table) SET \(column) = ? WHERE \(key) = ? AND \(column) = ?"
    }

    func page(after last: SQLValue?, limit: Int64, on connection: any SQLConnection) throws(StoreError) -> [SQLRow] {
        guard let last else { return try connection.query(firstPage, [.integer(limit)]) }
        return try connection.query(nextPage, [last, .integer(limit)])
    }
}
