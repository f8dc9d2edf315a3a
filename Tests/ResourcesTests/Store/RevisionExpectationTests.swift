import KeyManagement
import Store
import Synchronization
import Testing

@testable import Resources

@Suite("The expectation that a caller has of a resource")
struct RevisionExpectationTests {
    @Test("of many at once that saw the same revision lets exactly one through")
    func oneWins() async throws {
        let sandbox = try await Sandbox()
        try await sandbox.apply(Sample.api("orders"))
        let outcomes = await withTaskGroup(of: ResourceError.Code?.self) { group in
            for index in 0..<16 {
                group.addTask {
                    await failure(ResourceError.self) {
                        let yaml = Sample.api("orders", extra: "  claims: [c\(index)]")
                        let document = try #require(try ResourceParser.parse(yaml: yaml, file: "f").first)
                        _ = try await sandbox.resources.put(document, expecting: .revision(1), actor: "test")
                    }?.code
                }
            }
            return await group.reduce(into: [ResourceError.Code?]()) { $0.append($1) }
        }
        #expect(outcomes.filter { $0 == nil }.count == 1)
        #expect(outcomes.filter { $0 == .revisionMismatch }.count == 15)
        #expect(try await sandbox.resources.load().apis["orders"]?.revision == 2)
    }

    @Test("that it exists fails when it was deleted after the first look at it")
    func deletedMeanwhile() async throws {
        let sandbox = try await Sandbox()
        try await sandbox.apply(Sample.api("orders"))
        let key = ResourceKey(.api, "orders")
        let (database, clock) = (InterruptedDatabase(sandbox.database), WallClock { [now = sandbox.now] in now.value })
        let resources = ResourceStore(
            database: database,
            keyStore: KeyStore(database: database, sealer: sandbox.sealer, clock: clock), clock: clock)
        database.beforeWrite { _ = try await sandbox.resources.delete(key, actor: "other") }
        let changed = try #require(
            try ResourceParser.parse(yaml: Sample.api("orders", extra: "  forward: none"), file: "f").first)
        let error = await failure(ResourceError.self) {
            _ = try await resources.put(changed, expecting: .exists, actor: "test")
        }
        #expect(error?.code == .revisionMismatch)
        #expect(try await sandbox.count("resource") == 0)
    }
}

/// A database on which something else happens just before the first write.
private final class InterruptedDatabase: Database {
    private let base: SQLiteDatabase
    private let interruption = Mutex<(@Sendable () async throws -> Void)?>(nil)

    init(_ base: SQLiteDatabase) { self.base = base }

    var dialect: SQLDialect { base.dialect }

    func beforeWrite(_ work: @escaping @Sendable () async throws -> Void) { interruption.withLock { $0 = work } }

    func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await base.read(body)
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        let work = interruption.withLock { work in
            defer { work = nil }
            return work
        }
        try await work?()
        return try await base.write(body)
    }

    func observeChanges(_ observer: @escaping @Sendable (ChangeSet) async -> Void) async {
        await base.observeChanges(observer)
    }

    func close() async throws { try await base.close() }
}
