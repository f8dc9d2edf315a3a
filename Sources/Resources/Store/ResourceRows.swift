package import JOSE
package import Store

/// A resource with what the store knows about it.
package struct StoredResource: Sendable, Hashable {
    /// Its name and spec.
    package let document: ResourceDocument
    /// The number of its present revision.
    package let revision: Int
    /// When it was made.
    package let createdAt: Timestamp
    /// When its present revision was made.
    package let updatedAt: Timestamp
}

/// One revision of a resource.
package struct ResourceRevision: Sendable, Hashable {
    /// Its number; 1 for the first.
    package let revision: Int
    /// The spec as it was stored, in full form; nil when this revision is a deletion.
    package let spec: JSONValue?
    /// Who made it.
    package let actor: String
    /// When.
    package let createdAt: Timestamp

    package static func == (left: ResourceRevision, right: ResourceRevision) -> Bool {
        left.revision == right.revision && left.spec == right.spec && left.actor == right.actor
            && left.createdAt == right.createdAt
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(revision) }
}

/// The statements on resources; each runs in the caller's transaction.
enum ResourceRows {
    static func all(on connection: any SQLConnection) throws -> [ResourceKey: StoredResource] {
        let rows = try connection.query(
            "SELECT kind, name, revision, spec, created_at, updated_at FROM resource ORDER BY kind, name")
        var resources: [ResourceKey: StoredResource] = [:]
        for row in rows {
            let resource = try stored(row)
            resources[ResourceKey(resource.document)] = resource
        }
        return resources
    }

    static func one(_ key: ResourceKey, on connection: any SQLConnection) throws -> StoredResource? {
        let rows = try connection.query(
            """
            SELECT kind, name, revision, spec, created_at, updated_at FROM resource WHERE kind = ? AND name = ?
            """,
            [.text(key.kind.rawValue), .text(key.name)])
        return try rows.first.map(stored)
    }

    static func page(
        _ kind: ResourceKind, after name: String, limit: Int, on connection: any SQLConnection
    ) throws -> [StoredResource] {
        let rows = try connection.query(
            """
            SELECT kind, name, revision, spec, created_at, updated_at FROM resource
            WHERE kind = ? AND name > ? ORDER BY name LIMIT ?
            """,
            [.text(kind.rawValue), .text(name), .integer(Int64(limit))])
        return try rows.map(stored)
    }

    static func revisions(
        _ key: ResourceKey, before revision: Int64, limit: Int, on connection: any SQLConnection
    ) throws -> [ResourceRevision] {
        let rows = try connection.query(
            """
            SELECT revision, spec, actor, created_at FROM resource_revision
            WHERE kind = ? AND name = ? AND revision < ? ORDER BY revision DESC LIMIT ?
            """,
            [.text(key.kind.rawValue), .text(key.name), .integer(revision), .integer(Int64(limit))])
        return try rows.map { row in
            ResourceRevision(
                revision: Int(try row.integer("revision")),
                spec: try row.optionalText("spec").map { try JSONValue(parsing: $0) },
                actor: try row.text("actor"), createdAt: try row.timestamp("created_at"))
        }
    }

    /// Writes the next revision and makes it the present one; returns its number.
    static func write(
        _ key: ResourceKey, spec: String?, actor: String, at now: Timestamp, on connection: any SQLConnection
    ) throws(StoreError) -> Int {
        let identity: [SQLValue] = [.text(key.kind.rawValue), .text(key.name)]
        let last = try connection.query(
            """
            SELECT COALESCE(MAX(revision), 0) AS last FROM resource_revision WHERE kind = ? AND name = ?
            """,
            identity)
        let revision = try (last.first?.integer("last") ?? 0) + 1
        try connection.execute(
            """
            INSERT INTO resource_revision (kind, name, revision, spec, actor, created_at) VALUES (?, ?, ?, ?, ?, ?)
            """,
            identity + [.integer(revision), .optional(spec), .text(actor), .timestamp(now)])
        if let spec {
            try connection.execute(
                """
                INSERT INTO resource (kind, name, revision, spec, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (kind, name) DO UPDATE SET
                    revision = excluded.revision, spec = excluded.spec, updated_at = excluded.updated_at
                """,
                identity + [.integer(revision), .text(spec), .timestamp(now), .timestamp(now)])
        } else {
            try connection.execute("DELETE FROM resource WHERE kind = ? AND name = ?", identity)
        }
        try connection.noteChange(.resources)
        return Int(revision)
    }

    private static func stored(_ row: SQLRow) throws -> StoredResource {
        let (kindName, name, revision) = (try row.text("kind"), try row.text("name"), try row.integer("revision"))
        guard let kind = ResourceKind(rawValue: kindName) else {
            throw ResourceError(.storedInvalid, "\(kindName) \(name): expected a kind that this program knows")
        }
        do {
            let document = try ResourceParser.parse(
                spec: JSONValue(parsing: try row.text("spec")), kind: kind, name: name)
            return StoredResource(
                document: document, revision: Int(revision), createdAt: try row.timestamp("created_at"),
                updatedAt: try row.timestamp("updated_at"))
        } catch let faults as ResourceErrors {
            throw ResourceError(.storedInvalid, "\(kindName) \(name), revision \(revision): \(faults)")
        }
    }
}
