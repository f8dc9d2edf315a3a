import Foundation
import Synchronization

@testable import Store

/// A folder that is removed when the test ends.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "signet-store-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }
}

/// A migrated store in a folder of its own, with one table to write to.
struct Sandbox {
    static let items = Migration(
        id: "items-001", statements: ["CREATE TABLE item (id BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE)"])

    let folder: TemporaryFolder
    let database: SQLiteDatabase

    init(_ configuration: SQLiteDatabase.Configuration = .init()) async throws {
        folder = try TemporaryFolder()
        database = try SQLiteDatabase(path: folder.file("signet.db"), configuration: configuration)
        try await Migrator.migrate(database, [Self.items])
    }

    func insert(_ id: Int64, _ name: String, note topic: ChangeTopic? = nil) async throws {
        try await database.write { connection in
            try connection.execute("INSERT INTO item (id, name) VALUES (?, ?)", [.integer(id), .text(name)])
            if let topic { try connection.noteChange(topic) }
        }
    }

    func count() async throws -> Int64 {
        try await database.read { try $0.query("SELECT COUNT(*) AS n FROM item")[0].integer("n") }
    }

    func epoch() async throws -> Int64 {
        try await database.read { try ChangeEpoch.current(on: $0) }
    }
}

/// A list that concurrent code appends to.
final class Journal<Entry: Sendable>: Sendable {
    private let entries = Mutex<[Entry]>([])

    func append(_ entry: Entry) { entries.withLock { $0.append(entry) } }

    var all: [Entry] { entries.withLock { $0 } }
}

/// Closed until opened once; then everybody passes.
actor Gate {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func pass() async {
        if isOpen { return }
        await withCheckedContinuation { waiting.append($0) }
    }

    func open() {
        isOpen = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }
}

/// The store's error that `body` throws, or nil.
func storeError<Result>(_ body: () async throws -> Result) async -> StoreError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? StoreError
    }
}
