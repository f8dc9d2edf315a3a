/// One row of a result, read by column name and expected type.
///
/// A column that is missing or of another type throws `store-row-invalid` with the column's name: a row that another
/// version of the program wrote must not be misread in silence.
package struct SQLRow: Sendable {
    /// Shared by all rows of one result.
    private let columns: [String]
    private let values: [SQLValue]

    package init(columns: [String], values: [SQLValue]) {
        self.columns = columns
        self.values = values
    }

    /// The value as the database gave it.
    package func value(_ column: String) throws(StoreError) -> SQLValue {
        // Rows are narrow: a scan beats a dictionary.
        guard let index = columns.firstIndex(of: column), index < values.count else {
            throw StoreError(.rowInvalid, "expected a column \(column) in the result, it has \(columns)")
        }
        return values[index]
    }

    package func text(_ column: String) throws(StoreError) -> String {
        guard let text = try optionalText(column) else { throw mismatch(column, expected: "text", found: .null) }
        return text
    }

    package func optionalText(_ column: String) throws(StoreError) -> String? {
        switch try value(column) {
        case .null: return nil
        case .text(let text): return text
        case let other: throw mismatch(column, expected: "text", found: other)
        }
    }

    package func integer(_ column: String) throws(StoreError) -> Int64 {
        guard let integer = try optionalInteger(column) else {
            throw mismatch(column, expected: "an integer", found: .null)
        }
        return integer
    }

    package func optionalInteger(_ column: String) throws(StoreError) -> Int64? {
        switch try value(column) {
        case .null: return nil
        case .integer(let integer): return integer
        case let other: throw mismatch(column, expected: "an integer", found: other)
        }
    }

    package func blob(_ column: String) throws(StoreError) -> [UInt8] {
        guard let blob = try optionalBlob(column) else { throw mismatch(column, expected: "bytes", found: .null) }
        return blob
    }

    package func optionalBlob(_ column: String) throws(StoreError) -> [UInt8]? {
        switch try value(column) {
        case .null: return nil
        case .blob(let bytes): return bytes
        case let other: throw mismatch(column, expected: "bytes", found: other)
        }
    }

    /// True for 1, false for 0.
    package func bool(_ column: String) throws(StoreError) -> Bool {
        switch try integer(column) {
        case 0: return false
        case 1: return true
        default: throw StoreError(.rowInvalid, "expected 0 or 1 in column \(column), found another integer")
        }
    }

    /// A moment, kept as milliseconds of unix time.
    package func timestamp(_ column: String) throws(StoreError) -> Timestamp {
        Timestamp(milliseconds: try integer(column))
    }

    package func optionalTimestamp(_ column: String) throws(StoreError) -> Timestamp? {
        try optionalInteger(column).map { Timestamp(milliseconds: $0) }
    }

    private func mismatch(_ column: String, expected: String, found: SQLValue) -> StoreError {
        StoreError(.rowInvalid, "expected \(expected) in column \(column), found \(found.kind)")
    }
}
