import KeyManagement
import Synchronization
import Testing

@testable import KeyProviders

@Suite("The cache of AWS credentials", .timeLimit(.minutes(1)))
struct AWSCredentialCacheTests {
    /// A source that counts, whose credentials last until the times given, in order.
    private final class Source: Sendable {
        let fetched = Mutex(0)
        let time = Mutex<Int64>(1000)
        let expirations: [Int64?]
        let pause: Duration

        init(_ expirations: [Int64?], pause: Duration = .zero) {
            self.expirations = expirations
            self.pause = pause
        }

        var cache: AWSCredentialCache {
            AWSCredentialCache(now: { AWSTime(seconds: self.time.withLock { $0 }) }) {
                let index = self.fetched.withLock { fetched in
                    fetched += 1
                    return fetched - 1
                }
                try? await Task.sleep(for: self.pause)
                guard index < self.expirations.count,
                    let made = try? Sample.credentials("AKID\(index)", expiration: self.expirations[index])
                else { return .failure(ProviderError(.unreachable, "gone")) }
                return .success(made)
            }
        }
    }

    @Test("Credentials are kept until five minutes before their end")
    func margin() async throws {
        let source = Source([2000, 9000])
        let cache = source.cache
        for (time, id) in [(1000, "AKID0"), (1699, "AKID0"), (1700, "AKID1"), (1701, "AKID1")] {
            source.time.withLock { $0 = Int64(time) }
            #expect(try await cache.credentials().accessKeyID == id)
        }
        #expect(source.fetched.withLock { $0 } == 2)
    }

    @Test("Credentials without an end are kept")
    func endless() async throws {
        let source = Source([nil])
        let cache = source.cache
        for time: Int64 in [1000, 1_000_000_000] {
            source.time.withLock { $0 = time }
            #expect(try await cache.credentials().accessKeyID == "AKID0")
        }
    }

    @Test("While others can't be had, those at hand are used until their end, and not beyond")
    func fallsBack() async throws {
        let source = Source([2000])
        let cache = source.cache
        let first = try await cache.credentials()
        source.time.withLock { $0 = 1999 }
        #expect(try await cache.credentials() == first)
        await #expect(throws: ProviderError.self) { try await cache.credentials(insteadOf: first) }
        source.time.withLock { $0 = 2000 }
        await #expect(throws: ProviderError.self) { try await cache.credentials() }
    }

    @Test("Many who need credentials at once wait for one fetch")
    func singleFlight() async throws {
        let source = Source([5000, 9000], pause: .milliseconds(50))
        let cache = source.cache
        func together(insteadOf old: AWSCredentials?) async throws -> Set<String> {
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 { group.addTask { try await cache.credentials(insteadOf: old).accessKeyID } }
                return try await group.reduce(into: []) { $0.insert($1) }
            }
        }
        #expect(try await together(insteadOf: nil) == ["AKID0"])
        let first = try await cache.credentials()
        #expect(try await together(insteadOf: first) == ["AKID1"])
        #expect(source.fetched.withLock { $0 } == 2)
    }
}
