import Store
import Testing

@Suite("Migrations")
struct MigratorTests {
    static let first = Migration(id: "a-001", statements: ["CREATE TABLE a (id BIGINT)"])
    static let second = Migration(id: "a-002", statements: ["ALTER TABLE a ADD COLUMN name TEXT"])

    static func fresh() throws -> (TemporaryFolder, SQLiteDatabase) {
        let folder = try TemporaryFolder()
        return (folder, try SQLiteDatabase(path: folder.file("signet.db")))
    }

    static func applied(_ database: SQLiteDatabase) async throws -> [String] {
        try await database.read {
            try $0.query("SELECT id FROM schema_migration ORDER BY id").map { try $0.text("id") }
        }
    }

    @Test func aStoreThatANewerProgramWroteIsRefusedAndLeftAlone() async throws {
        let (_folder, database) = try Self.fresh()
        try await Migrator.migrate(database, [Self.first, Self.second])
        let other = Migration(id: "b-001", statements: ["CREATE TABLE b (id BIGINT)"])
        let error = await storeError { try await Migrator.migrate(database, [Self.first, other]) }
        #expect(error?.code == .schemaNewer)
        #expect(error?.reason.contains("a-002") == true)
        #expect(try await Self.applied(database) == ["a-001", "a-002", "store-001"])
        withExtendedLifetime(_folder) {}
    }

    @Test(arguments: [["CREATE TABLE a (id TEXT)"], ["CREATE TABLE ", "a (id BIGINT)"], []])
    func anEditedMigrationIsRefused(statements: [String]) async throws {
        let (_folder, database) = try Self.fresh()
        try await Migrator.migrate(database, [Self.first])
        let edited = Migration(id: "a-001", statements: statements)
        let error = await storeError { try await Migrator.migrate(database, [edited, Self.second]) }
        #expect(error?.code == .schemaChanged)
        #expect(try await Self.applied(database) == ["a-001", "store-001"])
        withExtendedLifetime(_folder) {}
    }

    @Test func aFailingMigrationLeavesNothingOfItself() async throws {
        let (_folder, database) = try Self.fresh()
        let broken = Migration(id: "a-002", statements: ["CREATE TABLE half (id BIGINT)", "CREATE TABEL other (id)"])
        let error = await storeError { try await Migrator.migrate(database, [Self.first, broken]) }
        #expect(error?.code == .statementInvalid)
        #expect(try await Self.applied(database) == ["a-001", "store-001"])
        let half = try await database.read { try $0.query("SELECT name FROM sqlite_master WHERE name = 'half'") }
        #expect(half.isEmpty)
        try await Migrator.migrate(database, [Self.first, Self.second])
        #expect(try await Self.applied(database) == ["a-001", "a-002", "store-001"])
        withExtendedLifetime(_folder) {}
    }

    @Test func twoMigrationsOfOneNameAreRefused() async throws {
        let (_folder, database) = try Self.fresh()
        let error = await storeError { try await Migrator.migrate(database, [Self.first, Self.first]) }
        #expect(error?.code == .misuse)
        withExtendedLifetime(_folder) {}
    }

    @Test func migratingTwiceChangesNothing() async throws {
        let (_folder, database) = try Self.fresh()
        let clock = WallClock { Timestamp(seconds: 42) }
        try await Migrator.migrate(database, [Self.first], clock: clock)
        try await Migrator.migrate(database, [Self.first, Self.second], clock: WallClock { Timestamp(seconds: 50) })
        let times = try await database.read {
            try $0.query("SELECT applied_at FROM schema_migration ORDER BY id").map { try $0.timestamp("applied_at") }
        }
        #expect(times == [Timestamp(seconds: 42), Timestamp(seconds: 50), Timestamp(seconds: 42)])
        withExtendedLifetime(_folder) {}
    }

    @Test func aLaterMigrationOfOneModuleMayStandBeforeAnothersEarlierOne() async throws {
        let (_folder, database) = try Self.fresh()
        let other = Migration(id: "b-001", statements: ["CREATE TABLE b (id BIGINT)"])
        try await Migrator.migrate(database, [Self.first, other])
        try await Migrator.migrate(database, [Self.first, Self.second, other])
        #expect(try await Self.applied(database) == ["a-001", "a-002", "b-001", "store-001"])
        withExtendedLifetime(_folder) {}
    }
}
