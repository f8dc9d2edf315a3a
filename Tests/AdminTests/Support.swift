import ControlHTTP
import Foundation
import HTTPTypes
import Hummingbird
import JOSE
import KeyManagement
import Logging
import NIOCore
import Resources
import Store
import Synchronization

@testable import Admin

/// The admin API over a real store in a folder of its own, called in memory through the listener's responder.
final class Sandbox: Sendable {
    let path: String
    let database: SQLiteDatabase
    let keys: KeyStore
    let revocations: RevocationStore
    let operations: AdminOperations
    let token: String
    private let responder: ControlResponder

    init() async throws {
        path = NSTemporaryDirectory() + "signet-admin-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        database = try SQLiteDatabase(path: path + "/signet.db")
        try await Migrator.migrate(
            database, KeyStore.migrations + ResourceStore.migrations + AdminCredentials.migrations)
        let rootKey = try await InstalledRootKey.open(dataDirectory: path, protection: .none, database: database)
        let sealer = try await Sealer(rootKey: rootKey.key, database: database)
        keys = KeyStore(database: database, sealer: sealer, clock: .system)
        let upkeep = try await SealingUpkeep(
            database: database, sealer: sealer, rootKey: rootKey, keys: keys, columns: KeyStore.sealedColumns)
        revocations = RevocationStore(database: database, clock: .system)
        operations = AdminOperations(
            database: database, resources: ResourceStore(database: database, keyStore: keys, clock: .system),
            keys: keys, upkeep: upkeep, revocations: revocations)
        let credentials = try await AdminCredentials.open(dataDirectory: path, database: database)
        token = try String(contentsOfFile: path + "/admin.token", encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let router = ControlResponder.makeRouter()
        AdminAPI(operations: operations, credentials: credentials, issuer: "https://issuer.example")
            .addRoutes(to: router)
        responder = ControlResponder(
            router: router, configuration: .init(hosts: HostPolicy(urls: ["http://127.0.0.1:8081"])))
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Sends a request with the right credential unless another `Authorization` is given (empty: none).
    func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, authorization: String? = nil,
        headers: HTTPFields = [:]
    ) async throws -> Answer {
        var headers = headers
        let authorization = authorization ?? "Bearer \(token)"
        if !authorization.isEmpty { headers[.authorization] = authorization }
        if let body {
            headers[.contentLength] = String(body.utf8.count)
            if headers[.contentType] == nil { headers[.contentType] = "application/json" }
        }
        let head = HTTPRequest(
            method: method, scheme: "http", authority: "127.0.0.1:8081", path: "/admin/v1/" + path,
            headerFields: headers)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(string: body ?? "")))
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let context = ControlContext(source: ControlRequestSource(logger: logger, remoteAddress: "127.0.0.1"))
        return try await Answer(responder.respond(to: request, context: context))
    }

    /// Applies the sample resources.
    func applySample() async throws -> Answer { try await send(.post, "apply", Sample.documents) }
}

/// An answer with its body read.
struct Answer {
    let status: Int
    let headers: HTTPFields
    let text: String

    init(_ response: Response) async throws {
        status = response.status.code
        headers = response.headers
        let collector = BodyCollector()
        try await response.body.write(collector)
        text = collector.text
    }

    var json: JSONValue? { try? JSONValue(parsing: text) }
    var code: String? { json?["code"]?.stringValue }
    /// The paths of a refusal's faults.
    var paths: [String] { json?["errors"]?.arrayValue?.compactMap { $0["path"]?.stringValue } ?? [] }
}

private final class BodyCollector: ResponseBodyWriter, Sendable {
    private let bytes = Mutex<[UInt8]>([])

    var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }

    func write(_ buffer: ByteBuffer) async throws {
        bytes.withLock { $0.append(contentsOf: buffer.readableBytesView) }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

enum Sample {
    static func api(_ name: String, more: String = "") -> String {
        """
        {"type": "rest", "audience": "https://\(name).example", "scopes": ["\(name).read"],
         "upstreams": [{"url": "http://127.0.0.1:8082"}], "routes": [{"path": {"prefix": "/\(name)"}}]\(more)}
        """
    }

    static let client = #"{"grants": ["client_credentials"], "auth": "client_secret_basic", "apis": {"orders": []}}"#

    static let documents = """
        {"documents": [{"kind": "API", "name": "orders", "spec": \(api("orders"))},
                       {"kind": "Client", "name": "reporter", "spec": \(client)}]}
        """
}
