/// What went wrong in the store, without any value of a row: reasons may be logged.
package struct StoreError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure. The raw strings are stable and documented.
    package enum Code: String, Sendable, CaseIterable {
        /// Another program or too many waiting writers hold the store; the same call may succeed later.
        case busy = "store-busy"
        /// A uniqueness, foreign key, not-null or check rule refused the change.
        case constraint = "store-constraint"
        /// The file is not a Signet store, or is damaged. Nothing is repaired by itself.
        case corrupt = "store-corrupt"
        /// The disk or the quota is full.
        case full = "store-full"
        /// The file can't be opened, read or written.
        case unavailable = "store-unavailable"
        /// A change through a reader, or a store that may only be read.
        case readOnly = "store-read-only"
        /// The store was written by a newer program.
        case schemaNewer = "store-schema-newer"
        /// A migration that this store has applied reads differently in this program.
        case schemaChanged = "store-schema-changed"
        /// A row lacks a column, or a column holds another type than was asked for.
        case rowInvalid = "store-row-invalid"
        /// A text with a NUL character, which not every database can keep.
        case textInvalid = "store-text-invalid"
        /// A statement that the database does not accept: a defect of the program.
        case statementInvalid = "store-statement-invalid"
        /// A call that the interface forbids: a defect of the program.
        case misuse = "store-misuse"
    }

    package let code: Code
    /// What was expected and what came; never a value from a row.
    package let reason: String

    package init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    package var description: String { "\(code.rawValue): \(reason)" }
}
