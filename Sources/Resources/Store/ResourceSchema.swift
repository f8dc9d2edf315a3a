package import Store

/// The tables of resources, their revisions, clients' secrets and revocations.
package enum ResourceSchema {
    /// The migrations of this module, in order.
    package static let migrations = [
        Migration(
            id: "resources-001",
            statements: [
                """
                CREATE TABLE resource (
                    kind TEXT NOT NULL,
                    name TEXT NOT NULL,
                    revision BIGINT NOT NULL,
                    spec TEXT NOT NULL,
                    created_at BIGINT NOT NULL,
                    updated_at BIGINT NOT NULL,
                    PRIMARY KEY (kind, name)
                )
                """,
                // Outlives its resource, so that numbers go on after a deletion. A null spec is a deletion.
                """
                CREATE TABLE resource_revision (
                    kind TEXT NOT NULL,
                    name TEXT NOT NULL,
                    revision BIGINT NOT NULL,
                    spec TEXT,
                    actor TEXT NOT NULL,
                    created_at BIGINT NOT NULL,
                    PRIMARY KEY (kind, name, revision)
                )
                """,
                """
                CREATE TABLE client_secret (
                    client TEXT NOT NULL PRIMARY KEY,
                    digest BYTEA NOT NULL,
                    created_at BIGINT NOT NULL
                )
                """,
                """
                CREATE TABLE revocation (
                    seq BIGINT NOT NULL PRIMARY KEY,
                    kind TEXT NOT NULL,
                    value TEXT NOT NULL,
                    not_before BIGINT,
                    expires_at BIGINT NOT NULL,
                    reason TEXT NOT NULL,
                    actor TEXT NOT NULL,
                    created_at BIGINT NOT NULL
                )
                """,
                "CREATE INDEX revocation_value ON revocation (kind, value)",
                "CREATE INDEX revocation_expiry ON revocation (expires_at)",
            ]
        )
    ]
}
