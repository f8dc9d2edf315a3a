import JOSE
import KeyManagement
import Store

/// The issued tokens that have not expired, by digest.
struct IssuedTokens: Sendable {
    /// How long a row stays after its token expired, in seconds: leeways and clocks differ.
    static let slack: Int64 = 120
    /// The most rows that one purging transaction deletes, so that it never blocks issuing for long.
    static let purgeBatch: Int64 = 2000

    let database: any Database
    let commits: GroupCommit
    let sealer: Sealer

    /// Records a token; returns when the row is on the disk.
    func record(_ token: IssuedToken) async throws {
        try await sealer.replenish()
        _ = try await commits.submit { [sealer] connection in
            let subject = try sealer.seal(
                Array(token.subject.utf8), row: Self.identity(token.digest.hexadecimal), on: connection)
            try connection.execute(
                """
                INSERT INTO issued_token (digest, jti, api, audience, client, subject, scope, family, signing_kid,
                    encryption_kid, issued_at, expires_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    .blob(token.digest.bytes), .text(token.jti), .text(token.api), .text(token.audience),
                    .text(token.client), .blob(subject), .text(token.scope), .optional(token.family),
                    .text(token.signingKeyID), .text(token.encryptionKeyID),
                    .timestamp(Timestamp(seconds: token.issuedAt)), .timestamp(Timestamp(seconds: token.expiresAt)),
                ])
            return true
        }
    }

    /// The token with that digest; nil when none was issued, or it was purged.
    func find(_ digest: TokenDigest) async throws -> IssuedToken? {
        let rows = try await database.read { connection in
            try connection.query("SELECT * FROM issued_token WHERE digest = ?", [.blob(digest.bytes)])
        }
        guard let row = rows.first else { return nil }
        let subject = try sealer.open(row.blob("subject"), row: Self.identity(digest.hexadecimal))
        return IssuedToken(
            digest: digest, jti: try row.text("jti"), api: try row.text("api"), audience: try row.text("audience"),
            client: try row.text("client"), subject: Self.text(subject), scope: try row.text("scope"),
            family: try row.optionalText("family"), signingKeyID: try row.text("signing_kid"),
            encryptionKeyID: try row.text("encryption_kid"), issuedAt: try row.timestamp("issued_at").seconds,
            expiresAt: try row.timestamp("expires_at").seconds)
    }

    /// Deletes what has expired; returns how many rows.
    func purge(now: Timestamp) async throws -> Int {
        let limit = now - Self.slack
        var total = 0
        for table in ["issued_token", "used_assertion"] {
            while true {
                let deleted = try await database.write { connection in
                    try connection.execute(
                        """
                        DELETE FROM \(table) WHERE digest IN
                        (SELECT digest FROM \(table) WHERE expires_at <= ? LIMIT ?)
                        """, [.timestamp(limit), .integer(Self.purgeBatch)])
                }
                total += deleted
                guard deleted == Self.purgeBatch else { break }
            }
        }
        return total
    }

    static let sealedColumn = SealedColumn(table: "issued_token", key: "digest", column: "subject") { row in
        identity(TokenDigest(stored: try row.blob("digest")).hexadecimal)
    }

    private static func identity(_ digest: String) -> RowIdentity {
        RowIdentity(table: "issued_token", id: digest, column: "subject")
    }

    private static func text(_ secret: SecretBytes) -> String {
        // Sealed by `record` from a String, so it is UTF-8.
        unsafe secret.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
