import ControlHTTP
import FoundationEssentials
import HTTPTypes
import Hummingbird
import JOSE
import KeyManagement
import Logging
import Monitoring
import NIOCore
import Resources
import Store
import Synchronization
import TestLogs
import Testing

@testable import AuthorizationServer

/// A whole authorization server over SQLite in a folder of its own, with a clock that the test moves.
final class Issuer: Sendable {
    static let url = "https://as.example"

    let clock = TestClock()
    let log = CapturedLog()
    let registry = MetricsRegistry()
    let folder: String
    let database: SQLiteDatabase
    let keys: KeyStore
    let resources: ResourceStore
    let revocations: RevocationStore
    let server: AuthorizationServer
    let responder: ControlResponder
    /// The secrets of clients, by client.
    let secrets: Mutex<[String: String]>

    /// - Parameters:
    ///   - documents: resources in YAML besides ``standard``.
    ///   - device: has the keys of profile `kms`.
    init(
        documents: String? = nil, device: (any KeyProvider)? = nil,
        configure: (inout AuthorizationServer.Configuration) -> Void = { _ in },
        gatewayOpens: @escaping AuthorizationServer.OpeningCheck = { _ in true },
        beforeStart: (SQLiteDatabase) async throws -> Void = { _ in }
    ) async throws {
        folder = FileManager.default.temporaryDirectory.path + "/signet-as-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        database = try SQLiteDatabase(path: folder + "/signet.db")
        let migrations = KeyStore.migrations + ResourceStore.migrations + AuthorizationServer.migrations
        try await Migrator.migrate(database, migrations, clock: clock.wallClock)
        let root = try RootKeyFile.open(dataDirectory: folder, passphrase: nil, mayCreate: true)
        let sealer = try await Sealer(rootKey: root, database: database, clock: clock.wallClock)
        keys = KeyStore(database: database, sealer: sealer, clock: clock.wallClock, device: device)
        resources = ResourceStore(database: database, keyStore: keys, clock: clock.wallClock)
        revocations = RevocationStore(database: database, clock: clock.wallClock)
        var configuration = try #require(AuthorizationServer.Configuration(issuer: Self.url))
        configure(&configuration)
        server = AuthorizationServer(
            configuration: configuration, database: database, keys: keys, revocations: revocations, sealer: sealer,
            clock: clock.wallClock, metrics: registry, logger: log.logger, gatewayOpens: gatewayOpens)
        try await server.publishKeys()
        try await beforeStart(database)
        try await server.start()
        let router = ControlResponder.makeRouter()
        server.addRoutes(to: router)
        responder = ControlResponder(router: router, configuration: .init(hosts: HostPolicy(urls: [Self.url])))
        secrets = Mutex([:])
        try await apply(Self.standard + (documents ?? ""))
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Applies documents and keeps the secrets that are made.
    func apply(_ yaml: String) async throws {
        let documents = try ResourceParser.parse(yaml: yaml, file: "test.yaml")
        let result = try await resources.apply(documents, prune: false, dryRun: false, actor: "test")
        secrets.withLock { secrets in
            for issued in result.secrets { secrets[issued.client] = issued.revealed }
        }
    }

    func secret(_ client: String) -> String { secrets.withLock { $0[client] ?? "none" } }
}

extension Issuer {
    /// Two APIs, one for each profile, and clients for every way of authentication.
    static let standard = """
        kind: API
        name: orders
        spec:
          type: rest
          audience: https://orders.example
          scopes: [orders.read, orders.write]
          introspectors: [auditor]
          upstreams: [{url: http://127.0.0.1:8082}]
          routes: [{path: {prefix: /orders}}]
        ---
        kind: API
        name: ledger
        spec:
          type: rest
          audience: https://ledger.example
          scopes: [ledger.read]
          token: {profile: symmetric, lifetime: 10m}
          upstreams: [{url: http://127.0.0.1:8082}]
          routes: [{path: {prefix: /ledger}}]
        ---
        kind: Client
        name: reporter
        spec: {grants: [client_credentials], auth: client_secret_basic, apis: {orders: [orders.read, orders.write]}}
        ---
        kind: Client
        name: reader
        spec: {grants: [client_credentials], auth: client_secret_basic, apis: {orders: [orders.read]}}
        ---
        kind: Client
        name: poster
        spec: {grants: [client_credentials], auth: client_secret_post, apis: {orders: [orders.read], ledger: [ledger.read]}}
        ---
        kind: Client
        name: auditor
        spec: {grants: [client_credentials], auth: client_secret_basic, apis: {ledger: [ledger.read]}}
        ---
        kind: Client
        name: retired
        spec: {grants: [client_credentials], auth: client_secret_basic, apis: {orders: [orders.read]}, disabled: true}

        """

    /// A document of a client with `private_key_jwt`.
    static func signer(_ name: String, keys: [JWK]) -> String {
        let set = JSONValue.object(JWKSet(keys).object(includingPrivate: false)).serializedString(pretty: false)
        return """

            ---
            kind: Client
            name: \(name)
            spec: {grants: [client_credentials], auth: private_key_jwt, apis: {orders: [orders.read]}, jwks: \(set)}

            """
    }
}
