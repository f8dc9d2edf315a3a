import FoundationEssentials
internal import GRDB

/// One transaction on one connection of the pool; used on that connection's queue only.
final class SQLiteConnection: SQLConnection {
    private let database: GRDB.Database
    private let writes: Bool
    private var topics: Set<ChangeTopic> = []
    private var failure: StoreError?

    init(_ database: GRDB.Database, writes: Bool) {
        self.database = database
        self.writes = writes
    }

    func execute(_ sql: String, _ arguments: [SQLValue]) throws(StoreError) -> Int {
        guard writes else { throw StoreError(.readOnly, "a reader can't change the store") }
        return try run(sql) {
            let before = database.totalChangesCount
            try database.cachedStatement(sql: sql).execute(arguments: Self.arguments(arguments))
            // A statement that changes nothing leaves the count of the one before it.
            return database.totalChangesCount == before ? 0 : database.changesCount
        }
    }

    func query(_ sql: String, _ arguments: [SQLValue]) throws(StoreError) -> [SQLRow] {
        try run(sql) {
            let statement = try database.cachedStatement(sql: sql)
            let columns = statement.columnNames
            let cursor = try Row.fetchCursor(statement, arguments: Self.arguments(arguments))
            var rows: [SQLRow] = []
            while let row = try cursor.next() {
                rows.append(SQLRow(columns: columns, values: row.databaseValues.map(SQLValue.init)))
            }
            return rows
        }
    }

    func noteChange(_ topic: ChangeTopic) throws(StoreError) {
        guard writes else { throw StoreError(.misuse, "a reader has no changes to note") }
        topics.insert(topic)
    }

    /// Ends the transaction's work: throws if a statement failed, else numbers the noted changes.
    func finish() throws(StoreError) -> ChangeSet? {
        if let failure { throw failure }
        guard !topics.isEmpty else { return nil }
        return ChangeSet(topics: topics, epoch: try ChangeEpoch.advance(on: self))
    }

    private func run<T>(_ sql: String, _ work: () throws -> T) throws(StoreError) -> T {
        if let failure { throw failure }
        do {
            return try work()
        } catch {
            let translated = error as? StoreError ?? StoreError(sqlite: error, sql: sql)
            failure = translated
            throw translated
        }
    }

    /// Text with a NUL is refused, as PostgreSQL does: SQLite would keep it and GRDB read it back cut off there, so that
    /// two different names could be taken for one.
    private static func arguments(_ values: [SQLValue]) throws(StoreError) -> StatementArguments {
        for case .text(let text) in values where text.utf8.contains(0) {
            throw StoreError(.textInvalid, "a text has a NUL character")
        }
        return StatementArguments(values.map(\.databaseValue))
    }
}

extension SQLValue {
    fileprivate init(_ value: DatabaseValue) {
        switch value.storage {
        case .null: self = .null
        case .int64(let integer): self = .integer(integer)
        case .double(let real): self = .real(real)
        case .string(let text): self = .text(text)
        case .blob(let data): self = .blob([UInt8](data))
        }
    }

    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let integer): integer.databaseValue
        case .real(let real): real.databaseValue
        case .text(let text): text.databaseValue
        case .blob(let bytes): Data(bytes).databaseValue
        }
    }
}
