import Foundation
import JOSE
import KeyManagement
import Store
import Synchronization
import Testing

@testable import Resources

/// A migrated store in a folder of its own, removed with it.
final class Sandbox: Sendable {
    let database: SQLiteDatabase
    let sealer: Sealer
    let keys: KeyStore
    let resources: ResourceStore
    let revocations: RevocationStore
    let now: TestClock
    private let path: String
    private let opening: Int

    init() async throws {
        path = NSTemporaryDirectory() + "signet-resources-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        database = try SQLiteDatabase(path: path + "/signet.db")
        try await Migrator.migrate(database, KeyStore.migrations + ResourceStore.migrations)
        let now = TestClock()
        let clock = WallClock { now.value }
        let rootKey = try RootKeyFile.open(dataDirectory: path, passphrase: nil)
        sealer = try await Sealer(rootKey: rootKey, database: database)
        keys = KeyStore(database: database, sealer: sealer, clock: clock)
        resources = ResourceStore(database: database, keyStore: keys, clock: clock)
        revocations = RevocationStore(database: database, clock: clock)
        self.now = now
        opening = try await database.read { try AuditLog.page(limit: 1000, on: $0).count }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Applies YAML documents.
    @discardableResult
    func apply(_ yaml: String, prune: Bool = false, dryRun: Bool = false) async throws -> ApplyResult {
        try await resources.apply(
            try ResourceParser.parse(yaml: yaml, file: "f.yaml"), prune: prune, dryRun: dryRun, actor: "test")
    }

    /// The audit log's actions with their targets, oldest first, without those of opening the store.
    func audit() async throws -> [String] {
        let opening = opening
        return try await database.read { connection in
            try AuditLog.page(limit: 1000, on: connection).reversed().dropFirst(opening).map {
                "\($0.entry.action) \($0.entry.target)"
            }
        }
    }

    func count(_ table: String) async throws -> Int64 {
        try await database.read { try $0.query("SELECT COUNT(*) AS n FROM \(table)").first?.integer("n") ?? -1 }
    }
}

/// A clock that stands until a test moves it.
final class TestClock: Sendable {
    private let moment = Mutex(Timestamp(milliseconds: 1_700_000_000_000))

    var value: Timestamp { moment.withLock { $0 } }

    func advance(seconds: Int64) { moment.withLock { $0 = $0 + seconds } }
}

/// Documents that tests share.
enum Sample {
    static func api(_ name: String, path: String? = nil, extra: String = "") -> String {
        """
        kind: API
        name: \(name)
        spec:
          type: rest
          audience: https://\(name).example
          scopes: [\(name).read, \(name).write]
          upstreams: [{url: http://127.0.0.1:8082}]
          routes: [{path: {prefix: \(path ?? "/" + name)}}]
        \(extra)
        """
    }

    static func client(_ name: String, apis: String, auth: String = "client_secret_basic", extra: String = "") -> String
    {
        """
        kind: Client
        name: \(name)
        spec:
          grants: [client_credentials]
          auth: \(auth)
          apis: {\(apis)}
        \(extra)
        """
    }

    static let demo = api("orders") + "\n---\n" + client("reporter", apis: "orders: [orders.read]")
}

/// The error that `body` throws, or nil.
func failure<Failure: Error>(_ type: Failure.Type, _ body: () async throws -> Void) async -> Failure? {
    do {
        try await body()
        return nil
    } catch {
        return error as? Failure
    }
}
