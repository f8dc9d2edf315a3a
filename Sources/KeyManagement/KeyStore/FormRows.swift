import JOSE
import Store

/// The table superseded_form: what an API accepts besides the form of its present policy, and until when.
enum FormRows {
    static let migration = Migration(
        id: "keys-003",
        statements: [
            """
            CREATE TABLE superseded_form (
                api TEXT NOT NULL,
                signing_ring TEXT NOT NULL REFERENCES key_ring (id),
                encryption_ring TEXT NOT NULL REFERENCES key_ring (id),
                content TEXT NOT NULL,
                opens_until BIGINT NOT NULL,
                PRIMARY KEY (api, signing_ring, encryption_ring, content)
            )
            """
        ])

    static func all(on connection: any SQLConnection) throws -> [SupersededForm] {
        let rows = try connection.query(
            """
            SELECT api, signing_ring, encryption_ring, content, opens_until FROM superseded_form
            ORDER BY api, opens_until DESC, signing_ring, encryption_ring, content
            """)
        guard !rows.isEmpty else { return [] }
        let rings = Dictionary(
            try KeyRows.rings(on: connection).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        return try rows.map { row in
            guard let signing = rings[try row.text("signing_ring")],
                let encryption = rings[try row.text("encryption_ring")],
                let content = ContentEncryptionAlgorithm(rawValue: try row.text("content"))
            else { throw KeyError(.ringInvalid, "a superseded form of the API \(try row.text("api")) is unknown") }
            return SupersededForm(
                api: try row.text("api"), form: TokenForm(signing: signing, encryption: encryption, content: content),
                opensUntil: try row.timestamp("opens_until"))
        }
    }

    /// Adds a form. Of two ends for the same form the later one holds: tokens of both policies have it.
    static func insert(_ superseded: SupersededForm, on connection: any SQLConnection) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO superseded_form (api, signing_ring, encryption_ring, content, opens_until)
            VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (api, signing_ring, encryption_ring, content) DO UPDATE SET
                opens_until = CASE WHEN excluded.opens_until > superseded_form.opens_until
                    THEN excluded.opens_until ELSE superseded_form.opens_until END
            """,
            [
                .text(superseded.api), .text(superseded.form.signing.id), .text(superseded.form.encryption.id),
                .text(superseded.form.content.rawValue), .timestamp(superseded.opensUntil),
            ])
    }

    /// When the last token of any superseded form that uses the ring has expired; nil when there is none.
    static func lastUse(of ring: RingSpec, on connection: any SQLConnection) throws(StoreError) -> Timestamp? {
        let rows = try connection.query(
            "SELECT MAX(opens_until) AS last FROM superseded_form WHERE signing_ring = ? OR encryption_ring = ?",
            [.text(ring.id), .text(ring.id)])
        return try rows.first?.optionalTimestamp("last")
    }

    static func hasExpired(at now: Timestamp, on connection: any SQLConnection) throws(StoreError) -> Bool {
        try !connection.query("SELECT api FROM superseded_form WHERE opens_until <= ? LIMIT 1", [.timestamp(now)])
            .isEmpty
    }

    /// Deletes the forms of which every token has expired; returns how many.
    static func deleteExpired(at now: Timestamp, on connection: any SQLConnection) throws(StoreError) -> Int {
        try connection.execute("DELETE FROM superseded_form WHERE opens_until <= ?", [.timestamp(now)])
    }
}
