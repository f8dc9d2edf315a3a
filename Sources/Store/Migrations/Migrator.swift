/// Brings a store's schema up to what the program knows.
package enum Migrator {
    /// Applies what is missing, in the order given, each migration in a transaction of its own together with its record.
    ///
    /// `migrations` holds every module's: a record of one that is not among them means that a newer program wrote the
    /// store, which is refused before anything is changed (`store-schema-newer`), as is a migration whose text differs
    /// from what was applied (`store-schema-changed`).
    package static func migrate(
        _ database: any Database, _ migrations: [Migration], clock: WallClock = .system
    ) async throws {
        let all = [StoreSchema.migration] + migrations
        try checkUnique(all)
        try await database.write { try $0.execute(StoreSchema.ledger) }
        let applied = try await database.read { try appliedChecksums(on: $0) }
        try check(applied, against: all, dialect: database.dialect)
        for migration in all where applied[migration.id] == nil {
            try await apply(migration, to: database, at: clock.now())
        }
    }

    private static func apply(_ migration: Migration, to database: any Database, at now: Timestamp) async throws {
        let dialect = database.dialect
        try await database.write { connection in
            for statement in migration.statements(for: dialect) {
                try connection.execute(statement)
            }
            try connection.execute(
                "INSERT INTO schema_migration (id, checksum, applied_at) VALUES (?, ?, ?)",
                [.text(migration.id), .text(migration.checksum(for: dialect)), .timestamp(now)]
            )
        }
    }

    private static func appliedChecksums(on connection: any SQLConnection) throws(StoreError) -> [String: String] {
        var applied: [String: String] = [:]
        for row in try connection.query("SELECT id, checksum FROM schema_migration ORDER BY id") {
            applied[try row.text("id")] = try row.text("checksum")
        }
        return applied
    }

    private static func check(
        _ applied: [String: String], against known: [Migration], dialect: SQLDialect
    ) throws(StoreError) {
        let unknown = Set(applied.keys).subtracting(known.map(\.id)).sorted()
        guard unknown.isEmpty else {
            throw StoreError(
                .schemaNewer,
                "the store was written by a newer program: it has \(unknown.joined(separator: ", ")), unknown here"
            )
        }
        for migration in known {
            guard let recorded = applied[migration.id] else { continue }
            let expected = migration.checksum(for: dialect)
            guard recorded == expected else {
                throw StoreError(
                    .schemaChanged,
                    "migration \(migration.id) was applied as \(recorded), this program has it as \(expected)"
                )
            }
        }
    }

    private static func checkUnique(_ migrations: [Migration]) throws(StoreError) {
        var seen: Set<String> = []
        for migration in migrations where !seen.insert(migration.id).inserted {
            throw StoreError(.misuse, "two migrations are called \(migration.id)")
        }
    }
}
