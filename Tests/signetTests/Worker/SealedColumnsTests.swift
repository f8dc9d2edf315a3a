import Foundation
import KeyManagement
import Store
import Testing

@testable import signet

@Suite("Columns of octets")
struct SealedColumnsTests {
    /// Columns of octets that hold no sealed value.
    private static let others: Set<String> = [
        // Wrapped by the root key, and by another one when that gives way to it.
        "data_key.wrapped",
        // Digests.
        "admin_credential.digest", "client_secret.digest", "issued_token.digest", "used_assertion.digest",
    ]

    @Test("are known to a rewrap when they are sealed, and named here when they are not")
    func listed() async throws {
        let path = NSTemporaryDirectory() + "signet-columns-" + UUID().uuidString + ".db"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let database = try SQLiteDatabase(path: path)
        try await Migrator.migrate(database, ServerParts.migrations)
        let columns = try await database.read { connection in
            try connection.query(
                """
                SELECT t.name || '.' || c.name AS name FROM sqlite_master t, pragma_table_info(t.name) c
                WHERE t.type = 'table' AND c.type = 'BYTEA'
                """
            ).map { try $0.text("name") }
        }
        try await database.close()
        let sealed = ServerParts.sealedColumns.map { "\($0.table).\($0.column)" }
        #expect(Set(columns) == Self.others.union(sealed))
        #expect(Self.others.isDisjoint(with: sealed))
        #expect(Set(sealed).count == sealed.count)
    }
}
