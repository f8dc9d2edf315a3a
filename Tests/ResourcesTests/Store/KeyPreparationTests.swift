import JOSE
import KeyManagement
import Store
import Synchronization
import Testing

@testable import Resources

@Suite("Keys of new APIs")
struct KeyPreparationTests {
    @Test("are made outside the transaction, by apply and by put", arguments: [false, true])
    func outsideTheTransaction(byPut: Bool) async throws {
        let sandbox = try await Sandbox()
        let (resources, places) = sandbox.watched()
        let documents = try ResourceParser.parse(yaml: Sample.api("orders"), file: "f.yaml")
        if byPut {
            _ = try await resources.put(documents[0], actor: "test")
        } else {
            _ = try await resources.apply(documents, prune: false, dryRun: false, actor: "test")
        }
        #expect(places.values == [false, false])
        #expect(try await sandbox.keys.list().map(\.state) == [.active, .active])
    }

    @Test("are not made for documents that are refused, nor in a dry run, nor twice")
    func notInVain() async throws {
        let sandbox = try await Sandbox()
        let (resources, places) = sandbox.watched()
        let apply = { (yaml: String, dryRun: Bool) in
            let documents = try ResourceParser.parse(yaml: yaml, file: "f.yaml")
            _ = try await resources.apply(documents, prune: false, dryRun: dryRun, actor: "test")
        }
        let refused = Sample.api("a", path: "/x") + "\n---\n" + Sample.api("b", path: "/x")
        #expect(await failure(ResourceErrors.self) { try await apply(refused, false) } != nil)
        try await apply(Sample.api("a"), true)
        #expect(places.values == [])
        try await apply(Sample.api("a"), false)
        try await apply(Sample.api("a"), false)
        #expect(places.values == [false, false])
    }
}

/// For each key that was made, whether a write was running.
private final class Places: Sendable {
    private let list = Mutex<[Bool]>([])

    var values: [Bool] { list.withLock { $0 } }

    func note(_ isWriting: Bool) { list.withLock { $0.append(isWriting) } }
}

extension Sandbox {
    /// The same store of resources, with news of where keys are made.
    fileprivate func watched() -> (ResourceStore, Places) {
        let (places, watched, clock) = (Places(), WatchedDatabase(database), WallClock { [now] in now.value })
        let keys = KeyStore(database: watched, sealer: sealer, clock: clock) { ring in
            places.note(watched.isWriting)
            return try JWK.generate(algorithm: ring.algorithm, curve: ring.curve)
        }
        return (ResourceStore(database: watched, keyStore: keys, clock: clock), places)
    }
}

/// A database that says whether a write is running.
private final class WatchedDatabase: Database {
    private let base: SQLiteDatabase
    private let writing = Mutex(false)

    init(_ base: SQLiteDatabase) { self.base = base }

    var isWriting: Bool { writing.withLock { $0 } }
    var dialect: SQLDialect { base.dialect }

    func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await base.read(body)
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await base.write { [self] connection in
            writing.withLock { $0 = true }
            defer { writing.withLock { $0 = false } }
            return try body(connection)
        }
    }

    func observeChanges(_ observer: @escaping @Sendable (ChangeSet) async -> Void) async {
        await base.observeChanges(observer)
    }

    func close() async throws { try await base.close() }
}
