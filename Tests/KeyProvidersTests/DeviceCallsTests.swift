import KeyManagement
import Synchronization
import Testing

@testable import KeyProviders

@Suite("Calls to a device", .timeLimit(.minutes(1)))
struct DeviceCallsTests {
    private func quick() -> DeviceCalls {
        var limits = DeviceCalls.Limits()
        limits.pause = .milliseconds(1)
        return DeviceCalls(to: "a device", limits: limits)
    }

    @Test("What failed for now is tried again, what is refused is not", arguments: ProviderError.Code.allCases)
    func repeats(code: ProviderError.Code) async {
        let calls = quick()
        let count = Mutex(0)
        await #expect(throws: ProviderError(code, "no")) {
            try await calls.call { () throws(ProviderError) -> Int in
                count.withLock { $0 += 1 }
                throw ProviderError(code, "no")
            }
        }
        let isTransient = code == .unreachable || code == .throttled
        #expect(count.withLock { $0 } == (isTransient ? 4 : 1))
        #expect(calls.statistics.failed == 1)
        #expect(calls.statistics.retried == (isTransient ? 3 : 0))
    }

    @Test("A device that does not answer is left alone after five failures")
    func rests() async {
        let calls = quick()
        let count = Mutex(0)
        for _ in 0..<4 {
            _ = try? await calls.call { () throws(ProviderError) -> Int in
                count.withLock { $0 += 1 }
                throw ProviderError(.unreachable, "no")
            }
        }
        #expect(count.withLock { $0 } == 5)
        #expect(!calls.statistics.isAvailable)
        #expect(calls.statistics.refused == 3)
    }

    @Test("No more than a bounded number of calls is under way")
    func bounded() async throws {
        var limits = DeviceCalls.Limits()
        limits.atOnce = 2
        let calls = DeviceCalls(to: "a device", limits: limits)
        let (gate, opener) = AsyncStream<Void>.makeStream()
        let (begun, mark) = AsyncStream<Void>.makeStream()
        let first = Task {
            try await calls.call { () throws(ProviderError) in
                mark.yield()
                for await _ in gate { break }
            }
        }
        var beginnings = begun.makeAsyncIterator()
        _ = await beginnings.next()
        _ = try await calls.call { () throws(ProviderError) in 1 }
        let second = Task {
            try await calls.call { () throws(ProviderError) in
                mark.yield()
                try? await Task.sleep(for: .seconds(30))
            }
        }
        _ = await beginnings.next()
        await #expect(throws: ProviderError.self) { try await calls.call { () throws(ProviderError) in 1 } }
        #expect(calls.statistics.refused == 1)
        opener.yield()
        try await first.value
        _ = try await calls.call { () throws(ProviderError) in 1 }
        second.cancel()
        _ = try? await second.value
    }
}
