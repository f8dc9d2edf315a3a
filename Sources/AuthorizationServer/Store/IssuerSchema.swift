import Store

/// The tables of the authorization server.
enum IssuerSchema {
    static let migrations = [
        Migration(
            id: "oauth-001",
            statements: [
                // No token is in it: a row names one by its digest. The subject may be a person and is sealed.
                """
                CREATE TABLE issued_token (
                    digest BYTEA NOT NULL PRIMARY KEY,
                    jti TEXT NOT NULL,
                    api TEXT NOT NULL,
                    audience TEXT NOT NULL,
                    client TEXT NOT NULL,
                    subject BYTEA NOT NULL,
                    scope TEXT NOT NULL,
                    family TEXT,
                    signing_kid TEXT NOT NULL,
                    encryption_kid TEXT NOT NULL,
                    issued_at BIGINT NOT NULL,
                    expires_at BIGINT NOT NULL
                )
                """,
                "CREATE INDEX issued_token_expiry ON issued_token (expires_at)",
                """
                CREATE TABLE used_assertion (
                    digest BYTEA NOT NULL PRIMARY KEY,
                    expires_at BIGINT NOT NULL
                )
                """,
                "CREATE INDEX used_assertion_expiry ON used_assertion (expires_at)",
            ])
    ]
}
