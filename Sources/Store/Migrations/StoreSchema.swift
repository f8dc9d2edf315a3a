/// The tables of the store itself.
///
/// Types are those that both databases take: BIGINT for integers, truth values and moments, TEXT, and BYTEA for bytes
/// (SQLite keeps bytes as they are under any declared type).
enum StoreSchema {
    /// The record of applied migrations, made before the first of them.
    static let ledger = """
        CREATE TABLE IF NOT EXISTS schema_migration (
            id TEXT NOT NULL PRIMARY KEY,
            checksum TEXT NOT NULL,
            applied_at BIGINT NOT NULL
        )
        """

    static let migration = Migration(
        id: "store-001",
        statements: [
            """
            CREATE TABLE store_counter (
                name TEXT NOT NULL PRIMARY KEY,
                value BIGINT NOT NULL CHECK (value >= 0)
            )
            """,
            "INSERT INTO store_counter (name, value) VALUES ('\(ChangeEpoch.counter)', 0), ('\(AuditLog.counter)', 0)",
            """
            CREATE TABLE audit_log (
                seq BIGINT NOT NULL PRIMARY KEY,
                at BIGINT NOT NULL,
                actor TEXT NOT NULL,
                action TEXT NOT NULL,
                target TEXT NOT NULL,
                detail TEXT NOT NULL
            )
            """,
        ],
        only: [.sqlite: sqliteAuditGuards, .postgresql: postgresqlAuditGuards]
    )

    /// The third guard stands against INSERT OR REPLACE, which deletes the old row without firing delete triggers.
    private static let sqliteAuditGuards = [
        """
        CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log
        BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END
        """,
        """
        CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log
        BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END
        """,
        """
        CREATE TRIGGER audit_log_no_replace BEFORE INSERT ON audit_log
        WHEN EXISTS (SELECT 1 FROM audit_log WHERE seq = NEW.seq)
        BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END
        """,
    ]

    private static let postgresqlAuditGuards = [
        """
        CREATE FUNCTION audit_log_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'audit_log is append-only'; END $$
        """,
        """
        CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
        FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuse()
        """,
    ]
}
