import Glibc
import HTTPTypes
import JOSE
import KeyManagement
import Monitoring
import Resources
import Store
import Synchronization
import Testing

@testable import AuthorizationServer

@Suite("Group commit")
struct GroupCommitTests {
    @Test("work beyond the bound of the queue is refused with temporarily_unavailable")
    func overflow() async throws {
        let issuer = try await Issuer()
        let commits = GroupCommit(database: issuer.database, maximumQueue: 4, maximumBatch: 2)
        let results = await withTaskGroup(of: OAuthError.Code?.self) { group in
            for _ in 0..<60 {
                group.addTask {
                    do {
                        _ = try await commits.submit { _ in
                            // Holds the writer, so that the queue fills.
                            usleep(20_000)
                            return true
                        }
                        return nil
                    } catch { return (error as? OAuthError)?.code }
                }
            }
            return await group.reduce(into: [OAuthError.Code?]()) { $0.append($1) }
        }
        #expect(results.contains(.temporarilyUnavailable))
        #expect(results.contains(nil))
        #expect(results.allSatisfy { $0 == nil || $0 == .temporarilyUnavailable })
    }

    @Test("a statement that fails is told to everyone in its batch, and the next batch goes on")
    func failure() async throws {
        let issuer = try await Issuer()
        let commits = GroupCommit(database: issuer.database)
        await #expect(throws: StoreError.self) {
            try await commits.submit { connection in
                try connection.execute("INSERT INTO nowhere VALUES (1)")
                return true
            }
        }
        #expect(try await commits.submit { _ in true })
    }

    @Test("a hundred concurrent requests share few transactions, and each gets its own token")
    func shared() async throws {
        let issuer = try await Issuer()
        let tokens = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<100 { group.addTask { try await issuer.grantedToken() } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(tokens.count == 100)
        let rows = try await issuer.database.read { try $0.query("SELECT digest FROM issued_token") }
        #expect(Set(try rows.map { try $0.blob("digest") }) == Set(tokens.map { TokenDigest(issued: $0).bytes }))
    }

    @Test("what is committed together is counted in batches of at most the bound")
    func batches() async throws {
        let issuer = try await Issuer()
        let counting = CountingDatabase(base: issuer.database)
        let commits = GroupCommit(database: counting, maximumBatch: 10)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<100 { group.addTask { try await commits.submit { _ in true } } }
            for try await done in group { #expect(done) }
        }
        #expect(counting.writes.withLock { $0 } >= 10)
        #expect(counting.writes.withLock { $0 } <= 60)
    }
}

/// Counts the transactions that go to another database.
final class CountingDatabase: Database {
    let base: any Database
    let writes = Mutex(0)
    let dialect: SQLDialect

    init(base: any Database) {
        self.base = base
        dialect = base.dialect
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await base.read(body)
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        writes.withLock { $0 += 1 }
        return try await base.write(body)
    }

    func observeChanges(_ observer: @escaping @Sendable (ChangeSet) async -> Void) async {
        await base.observeChanges(observer)
    }

    func close() async throws { try await base.close() }
}
