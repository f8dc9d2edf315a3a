package import KeyManagement
package import Store

/// The store of APIs and clients. Every change is checked against everything else, and is one transaction with its
/// revisions, the key rings it needs, its audit rows and the revocations it implies.
package final class ResourceStore: Sendable {
    /// The migrations of resources and revocations.
    package static let migrations = ResourceSchema.migrations

    let database: any Database
    let keyStore: KeyStore
    let clock: WallClock

    /// A store over migrated tables.
    package init(database: any Database, keyStore: KeyStore, clock: WallClock) {
        self.database = database
        self.keyStore = keyStore
        self.clock = clock
    }

    /// Everything, as of the last commit.
    package func load() async throws -> ResourceSet {
        try await database.read { try Self.load(on: $0) }
    }

    /// Everything, in the caller's transaction: for a snapshot that holds more than resources.
    package static func load(on connection: any SQLConnection) throws -> ResourceSet {
        var set = ResourceSet()
        let digests = try ClientSecrets.digests(on: connection)
        for (key, stored) in try ResourceRows.all(on: connection) {
            switch stored.document.content {
            case .api(let spec):
                set.apis[key.name] = APIResource(name: key.name, revision: stored.revision, spec: spec)
            case .client(let spec):
                set.clients[key.name] = ClientResource(
                    name: key.name, revision: stored.revision, spec: spec, secretDigest: digests[key.name])
            }
        }
        return set
    }

    /// Everything as documents, by kind and name, for `signet export`. Applying them again changes nothing.
    package func export() async throws -> [ResourceDocument] {
        try await database.read { connection in
            try ResourceRows.all(on: connection).sorted { $0.key < $1.key }.map(\.value.document)
        }
    }

    /// One resource.
    ///
    /// - Throws: ``ResourceError`` `resource-not-found`.
    package func resource(_ key: ResourceKey) async throws -> StoredResource {
        let found = try await database.read { try ResourceRows.one(key, on: $0) }
        guard let found else { throw ResourceError(.notFound, "there is no \(key)") }
        return found
    }

    /// The resources of a kind by name, after `name`, at most `limit`.
    package func resources(
        _ kind: ResourceKind, after name: String, limit: Int
    ) async throws -> [StoredResource] {
        try await database.read { try ResourceRows.page(kind, after: name, limit: limit, on: $0) }
    }

    /// The revisions of a resource, newest first, before the number `revision`, at most `limit`. Those of a deleted
    /// resource stay.
    ///
    /// - Throws: ``ResourceError`` `resource-not-found` when there never was one.
    package func revisions(
        _ key: ResourceKey, before revision: Int64 = .max, limit: Int
    ) async throws -> [ResourceRevision] {
        try await database.read { connection in
            let revisions = try ResourceRows.revisions(key, before: revision, limit: limit, on: connection)
            if revisions.isEmpty, revision == .max { throw ResourceError(.notFound, "there is no \(key)") }
            return revisions
        }
    }
}
