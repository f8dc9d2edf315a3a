import JOSE
import Store

/// A key version as it is stored.
struct StoredVersion: Sendable {
    var ring: RingSpec
    var number: Int64
    var kid: String
    var lifecycle: KeyLifecycle
    /// The public half as JSON; nil for symmetric keys.
    var publicJWK: String?
    /// The whole key, sealed; nil once destroyed.
    var sealed: [UInt8]?

    /// The place of the sealed key. The ring belongs to it, so that a version moved to another ring does not open there.
    var place: RowIdentity { Self.place(ring: ring, kid: kid) }

    static func place(ring: RingSpec, kid: String) -> RowIdentity { place(ringID: ring.id, kid: kid) }

    static func place(ringID: String, kid: String) -> RowIdentity {
        RowIdentity(table: "key_version", id: "\(ringID) \(kid)", column: "sealed")
    }

    /// The version without its private half; with no public half either when that can't be read.
    func version() -> KeyVersion {
        KeyVersion(
            ring: ring, ringID: ring.id, number: Int(number), kid: kid, lifecycle: lifecycle,
            publicJWK: try? parsedPublicJWK())
    }

    func parsedPublicJWK() throws(KeyError) -> JWK? {
        guard let publicJWK else { return nil }
        do {
            return try JWK(parsing: Array(publicJWK.utf8))
        } catch {
            throw KeyError(.keyInvalid, "the stored public key \(kid) can't be read: \(error.reason)")
        }
    }
}

/// The tables key_ring and key_version.
enum KeyRows {
    static let migration = Migration(
        id: "keys-002",
        statements: [
            """
            CREATE TABLE key_ring (
                id TEXT NOT NULL PRIMARY KEY,
                api TEXT,
                purpose TEXT NOT NULL,
                algorithm TEXT NOT NULL,
                curve TEXT,
                created_at BIGINT NOT NULL
            )
            """,
            """
            CREATE TABLE key_version (
                kid TEXT NOT NULL PRIMARY KEY,
                ring_id TEXT NOT NULL REFERENCES key_ring (id),
                number BIGINT NOT NULL,
                state TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                activated_at BIGINT,
                retires_at BIGINT,
                destroys_at BIGINT,
                public_jwk TEXT,
                sealed BYTEA,
                UNIQUE (ring_id, number)
            )
            """,
            "CREATE UNIQUE INDEX key_version_one_active ON key_version (ring_id) WHERE state = 'active'",
        ])

    static let momentsMigration = Migration(
        id: "keys-005",
        statements: [
            "ALTER TABLE key_version ADD COLUMN published_at BIGINT",
            "ALTER TABLE key_version ADD COLUMN superseded_at BIGINT",
            "ALTER TABLE key_version ADD COLUMN revoked_at BIGINT",
            // Until now a version was published and activated when it was made.
            "UPDATE key_version SET published_at = activated_at",
            "UPDATE key_version SET revoked_at = destroys_at - 86400000 WHERE state = 'revoked'",
            """
            CREATE UNIQUE INDEX key_version_one_successor ON key_version (ring_id) WHERE state IN ('pending', 'next')
            """,
        ])

    static let custodyMigration = Migration(
        id: "keys-006",
        statements: ["ALTER TABLE key_ring ADD COLUMN custody TEXT NOT NULL DEFAULT 'local'"])

    static let sealedColumn = SealedColumn(table: "key_version", key: "kid", others: ["ring_id"], column: "sealed") {
        row in
        StoredVersion.place(ringID: try row.text("ring_id"), kid: try row.text("kid"))
    }

    private static let selectVersions = """
        SELECT r.id AS ring_id, r.api, r.purpose, r.algorithm, r.curve, r.custody, v.number, v.kid, v.state, v.created_at,
            v.published_at, v.activated_at, v.superseded_at, v.retires_at, v.revoked_at, v.destroys_at, v.public_jwk,
            v.sealed
        FROM key_version v JOIN key_ring r ON r.id = v.ring_id
        """

    // MARK: Rings

    static func ringExists(_ spec: RingSpec, on connection: any SQLConnection) throws -> Bool {
        try !connection.query("SELECT id FROM key_ring WHERE id = ?", [.text(spec.id)]).isEmpty
    }

    static func insertRing(_ spec: RingSpec, at now: Timestamp, on connection: any SQLConnection) throws {
        let api: String? = if case .api(let name) = spec.owner { name } else { nil }
        try connection.execute(
            """
            INSERT INTO key_ring (id, api, purpose, algorithm, curve, custody, created_at)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(spec.id), .optional(api), .text(spec.purpose.rawValue), .text(spec.algorithm),
                .optional(spec.curve), .text(spec.custody.rawValue), .timestamp(now),
            ])
    }

    static func rings(on connection: any SQLConnection) throws -> [RingSpec] {
        try connection.query("SELECT id AS ring_id, api, purpose, algorithm, curve, custody FROM key_ring ORDER BY id")
            .map { try spec(of: $0) }
    }

    // MARK: Versions

    /// All versions, by ring and number.
    static func all(on connection: any SQLConnection) throws -> [StoredVersion] {
        try connection.query(selectVersions + " ORDER BY r.id, v.number").map { try version(of: $0) }
    }

    static func version(kid: String, on connection: any SQLConnection) throws -> StoredVersion? {
        try connection.query(selectVersions + " WHERE v.kid = ?", [.text(kid)]).first.map { try version(of: $0) }
    }

    static func hasVersion(kid: String, on connection: any SQLConnection) throws -> Bool {
        try !connection.query("SELECT kid FROM key_version WHERE kid = ?", [.text(kid)]).isEmpty
    }

    /// The kids of versions that are in a custody and still have their private half. Rows are not read beyond that, so that
    /// a damaged one is met by itself.
    static func kids(in custody: KeyCustody, on connection: any SQLConnection) throws -> [String] {
        try connection.query(
            """
            SELECT v.kid FROM key_version v JOIN key_ring r ON r.id = v.ring_id
            WHERE r.custody = ? AND v.sealed IS NOT NULL ORDER BY v.kid
            """, [.text(custody.rawValue)]
        ).map { try $0.text("kid") }
    }

    static func active(of ring: RingSpec, on connection: any SQLConnection) throws -> StoredVersion? {
        let sql = selectVersions + " WHERE v.ring_id = ? AND v.state = 'active'"
        return try connection.query(sql, [.text(ring.id)]).first.map { try version(of: $0) }
    }

    /// The versions that open tokens and make none, by number.
    static func retiring(of ring: RingSpec, on connection: any SQLConnection) throws -> [StoredVersion] {
        let sql = selectVersions + " WHERE v.ring_id = ? AND v.state = 'retiring' ORDER BY v.number"
        return try connection.query(sql, [.text(ring.id)]).map { try version(of: $0) }
    }

    /// The active versions of all rings, by ring.
    static func active(on connection: any SQLConnection) throws -> [StoredVersion] {
        let sql = selectVersions + " WHERE v.state = 'active' ORDER BY r.id"
        return try connection.query(sql).map { try version(of: $0) }
    }

    /// The version that waits for its turn, if there is one.
    static func successor(of ring: RingSpec, on connection: any SQLConnection) throws -> StoredVersion? {
        let sql = selectVersions + " WHERE v.ring_id = ? AND v.state IN ('pending', 'next')"
        return try connection.query(sql, [.text(ring.id)]).first.map { try version(of: $0) }
    }

    static func nextNumber(in ring: RingSpec, on connection: any SQLConnection) throws -> Int64 {
        let sql = "SELECT COALESCE(MAX(number), 0) + 1 AS next FROM key_version WHERE ring_id = ?"
        return try connection.query(sql, [.text(ring.id)]).first?.integer("next") ?? 1
    }

    static func insert(_ version: StoredVersion, on connection: any SQLConnection) throws {
        let life = version.lifecycle
        try connection.execute(
            """
            INSERT INTO key_version (kid, ring_id, number, state, created_at, published_at, activated_at, public_jwk,
                sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(version.kid), .text(version.ring.id), .integer(version.number), .text(life.state.rawValue),
                .timestamp(life.createdAt), .optional(life.publishedAt), .optional(life.activatedAt),
                .optional(version.publicJWK), .optional(version.sealed),
            ])
    }

    /// Writes the state and its times; a destroyed version loses its private half.
    ///
    /// - Throws: `key-transition-refused` when the version is in another state than `old`: somebody else was quicker.
    static func update(
        _ kid: String, from old: KeyState, to life: KeyLifecycle, on connection: any SQLConnection
    ) throws {
        let changed = try connection.execute(
            """
            UPDATE key_version SET state = ?, published_at = ?, activated_at = ?, superseded_at = ?, retires_at = ?,
                revoked_at = ?, destroys_at = ? WHERE kid = ? AND state = ?
            """,
            [
                .text(life.state.rawValue), .optional(life.publishedAt), .optional(life.activatedAt),
                .optional(life.supersededAt), .optional(life.retiresAt), .optional(life.revokedAt),
                .optional(life.destroysAt), .text(kid), .text(old.rawValue),
            ])
        guard changed == 1 else {
            throw KeyError(.transitionRefused, "the key version \(kid) is not \(old.rawValue) any more")
        }
        if life.isDestroyed {
            try connection.execute("UPDATE key_version SET sealed = NULL WHERE kid = ?", [.text(kid)])
        }
    }

    // MARK: Rows to values

    private static func spec(of row: SQLRow) throws -> RingSpec {
        guard let purpose = KeyPurpose(rawValue: try row.text("purpose")) else {
            throw KeyError(.ringInvalid, "the purpose of the ring \(try row.text("ring_id")) is unknown")
        }
        let owner: KeyOwner = try row.optionalText("api").map { .api($0) } ?? .issuer
        guard let custody = KeyCustody(rawValue: try row.text("custody")) else {
            throw KeyError(.ringInvalid, "the custody of the ring \(try row.text("ring_id")) is unknown")
        }
        let spec = RingSpec(
            owner: owner, purpose: purpose, algorithm: try row.text("algorithm"),
            curve: try row.optionalText("curve"), custody: custody)
        // The id says the same again: a row whose parts were changed one by one is noticed.
        guard spec.id == (try row.text("ring_id")) else {
            throw KeyError(.ringInvalid, "the ring \(try row.text("ring_id")) does not fit its own id")
        }
        return spec
    }

    private static func version(of row: SQLRow) throws -> StoredVersion {
        let kid = try row.text("kid")
        guard let state = KeyState(rawValue: try row.text("state")) else {
            throw KeyError(.keyInvalid, "the state of the key \(kid) is unknown")
        }
        let sealed = try row.optionalBlob("sealed")
        return StoredVersion(
            ring: try spec(of: row),
            number: try row.integer("number"),
            kid: kid,
            lifecycle: KeyLifecycle(
                state: state, createdAt: try row.timestamp("created_at"),
                publishedAt: try row.optionalTimestamp("published_at"),
                activatedAt: try row.optionalTimestamp("activated_at"),
                supersededAt: try row.optionalTimestamp("superseded_at"),
                retiresAt: try row.optionalTimestamp("retires_at"),
                revokedAt: try row.optionalTimestamp("revoked_at"),
                destroysAt: try row.optionalTimestamp("destroys_at"), isDestroyed: sealed == nil),
            publicJWK: try row.optionalText("public_jwk"),
            sealed: sealed)
    }
}
