/// The place of a sealed secret. Sealed bytes open in their own place only: copied to another row they are refused.
package struct RowIdentity: Sendable, Hashable {
    package var table: String
    /// What makes the row unique, with everything that must not change about it.
    package var id: String
    package var column: String

    package init(table: String, id: String, column: String) {
        self.table = table
        self.id = id
        self.column = column
    }

    /// What is kept there, in the words of a message.
    var secret: String { table == "key_version" ? "private key" : column }
}
