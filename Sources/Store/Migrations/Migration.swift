/// One step of the schema. Once released it never changes: its checksum is recorded where it was applied.
package struct Migration: Sendable, Equatable {
    /// The owner and a number, such as `keys-001`.
    package let id: String
    /// Statements for every database, in order.
    package let statements: [String]
    /// Statements that only one dialect takes (triggers), run after the common ones.
    package let dialectStatements: [SQLDialect: [String]]

    package init(id: String, statements: [String], only dialectStatements: [SQLDialect: [String]] = [:]) {
        self.id = id
        self.statements = statements
        self.dialectStatements = dialectStatements
    }

    func statements(for dialect: SQLDialect) -> [String] {
        statements + (dialectStatements[dialect] ?? [])
    }

    /// A digest of the statements that finds an edited migration. It guards against mistakes, not against attackers, who
    /// could change the record as well; hence FNV-1a (64 bits) and no cryptography in this module.
    func checksum(for dialect: SQLDialect) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for statement in statements(for: dialect) {
            // The terminator keeps ["ab", "c"] apart from ["a", "bc"].
            for byte in Array(statement.utf8) + [0] {
                hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
            }
        }
        let digits = String(hash, radix: 16)
        return "fnv1a64:" + String(repeating: "0", count: 16 - digits.count) + digits
    }
}
