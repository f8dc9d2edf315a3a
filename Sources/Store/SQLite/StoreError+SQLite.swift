internal import GRDB

extension StoreError {
    /// Translates what GRDB throws. Its own description is not used: it can carry the values of a statement.
    init(sqlite error: any Error, sql: String? = nil) {
        guard let error = error as? DatabaseError else {
            self.init(.unavailable, "the database driver failed: \(type(of: error))")
            return
        }
        let code = Code(sqlite: error.resultCode)
        let number = "SQLite \(error.extendedResultCode.rawValue)"
        let message = error.message ?? "no message"
        guard let sql else {
            self.init(code, "\(message) (\(number))")
            return
        }
        // Texts are constants of the program, values are parameters: the statement may be shown.
        let statement = sql.split(whereSeparator: \.isWhitespace).joined(separator: " ").prefix(120)
        self.init(code, "\(message) (\(number)) in: \(statement)")
    }

    /// Passes errors of a transaction's body through; translates those of the driver.
    static func translating(_ error: any Error) -> any Error {
        error is DatabaseError ? StoreError(sqlite: error) : error
    }
}

extension StoreError.Code {
    fileprivate init(sqlite code: ResultCode) {
        switch code {
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy
        case .SQLITE_CONSTRAINT: self = .constraint
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT: self = .corrupt
        case .SQLITE_FULL: self = .full
        case .SQLITE_READONLY: self = .readOnly
        case .SQLITE_CANTOPEN, .SQLITE_IOERR, .SQLITE_PERM, .SQLITE_AUTH, .SQLITE_NOMEM, .SQLITE_PROTOCOL,
            .SQLITE_INTERRUPT, .SQLITE_NOLFS:
            self = .unavailable
        case .SQLITE_MISUSE, .SQLITE_ABORT: self = .misuse
        default: self = .statementInvalid
        }
    }
}
