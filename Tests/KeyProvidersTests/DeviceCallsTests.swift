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
            try await calls.call(.decrypt("a key")) { () throws(ProviderError) -> Int in
                count.withLock { $0 += 1 }
                throw ProviderError(code, "no")
            }
        }
        let isTransient = code == .unreachable || code == .throttled
        #expect(count.withLock { $0 } == (isTransient ? 4 : 1))
        // Not to open what a stranger has sent is an answer.
        #expect(calls.statistics.failed == (code == .refused ? 0 : 1))
        #expect(calls.statistics.answered == (code == .refused ? 1 : 0))
        #expect(calls.statistics.retried == (isTransient ? 3 : 0))
    }

    @Test("A device that does not open what it has wrapped itself has failed, and health says so")
    func opensNot() async {
        let calls = quick()
        await #expect(throws: ProviderError.self) {
            try await calls.call(.unwrap) { () throws(ProviderError) in throw ProviderError(.refused, "no") }
        }
        #expect(calls.statistics.failed == 1 && calls.statistics.faultInUse?.code == .refused)
        _ = try? await calls.call(.unwrap) { () throws(ProviderError) in }
        #expect(calls.statistics.faultInUse == nil)
    }

    @Test("A device that does not answer is left alone after five failures")
    func rests() async {
        let calls = quick()
        let count = Mutex(0)
        for _ in 0..<4 {
            _ = try? await calls.call(.wrap) { () throws(ProviderError) -> Int in
                count.withLock { $0 += 1 }
                throw ProviderError(.unreachable, "no")
            }
        }
        #expect(count.withLock { $0 } == 5)
        #expect(!calls.statistics.isAvailable)
        #expect(calls.statistics.refused == 3)
        let error = await #expect(throws: ProviderError.self) { try await fail(calls, .unreachable, "not asked") }
        #expect(error?.reason.contains("again and again") == true && error?.reason.hasSuffix(": no") == true)
    }

    @discardableResult
    private func fail(
        _ calls: DeviceCalls, _ code: ProviderError.Code, _ reason: String = "no", _ use: DeviceUse = .wrap
    ) async throws(ProviderError) -> Int {
        try await calls.call(use, isRepeatable: code == .throttled) { () throws(ProviderError) -> Int in
            throw ProviderError(code, reason)
        }
    }

    @Test(
        "What has not got as far as the device, and a device with too much to do, leave the count of failures as it is",
        arguments: [ProviderError.Code.throttled, .configurationInvalid])
    func noVerdict(code: ProviderError.Code) async {
        let calls = quick()
        for _ in 0..<4 { _ = try? await fail(calls, .unreachable) }
        _ = try? await fail(calls, code)
        #expect(calls.statistics.isAvailable)
        _ = try? await fail(calls, .unreachable)
        #expect(!calls.statistics.isAvailable)
    }

    @Test("A call that failed for good shows until one like it succeeds", arguments: ProviderError.Code.allCases)
    func faultsInUse(code: ProviderError.Code) async throws {
        let calls = quick()
        let isFault = [.denied, .keyMissing, .keyDisabled].contains(code)
        _ = try? await fail(calls, code, "one", .sign("a"))
        _ = try? await fail(calls, code, "two", .sign("b"))
        #expect(calls.statistics.faultInUse == (isFault ? ProviderError(code, "two") : nil))
        _ = try await calls.call(.sign("b")) { () throws(ProviderError) in 1 }
        _ = try await calls.call(.decrypt("a")) { () throws(ProviderError) in 1 }
        #expect(calls.statistics.faultInUse == (isFault ? ProviderError(code, "one") : nil))
        _ = try await calls.call(.sign("a")) { () throws(ProviderError) in 1 }
        #expect(calls.statistics.faultInUse == nil)
    }

    @Test("A fault is forgotten with its key, after a while, and when there are many")
    func forgotten() {
        var faults = FaultsInUse()
        let error = ProviderError(.keyMissing, "gone")
        faults.noteFailure(error, of: .sign("a"), at: 0)
        faults.noteSuccess(.destroy("b"))
        #expect(faults.latest(at: 1) == error)
        faults.noteSuccess(.destroy("a"))
        #expect(faults.latest(at: 1) == nil)
        for index in 0..<200 { faults.noteFailure(error, of: .sign("\(index)"), at: Int64(index)) }
        for index in 136..<200 { faults.noteSuccess(.sign("\(index)")) }
        #expect(faults.latest(at: 200) == nil)
        faults.noteFailure(error, of: .sign("a"), at: 0)
        #expect(faults.latest(at: FaultsInUse.memory - 1) == error)
        #expect(faults.latest(at: FaultsInUse.memory) == nil)
    }

    @Test("No more than a bounded number of calls is under way")
    func bounded() async throws {
        var limits = DeviceCalls.Limits()
        limits.atOnce = 2
        let calls = DeviceCalls(to: "a device", limits: limits)
        let (gate, opener) = AsyncStream<Void>.makeStream()
        let (begun, mark) = AsyncStream<Void>.makeStream()
        let first = Task {
            try await calls.call(.wrap) { () throws(ProviderError) in
                mark.yield()
                for await _ in gate { break }
            }
        }
        var beginnings = begun.makeAsyncIterator()
        _ = await beginnings.next()
        _ = try await calls.call(.wrap) { () throws(ProviderError) in 1 }
        let second = Task {
            try await calls.call(.wrap) { () throws(ProviderError) in
                mark.yield()
                try? await Task.sleep(for: .seconds(30))
            }
        }
        _ = await beginnings.next()
        await #expect(throws: ProviderError.self) { try await calls.call(.wrap) { () throws(ProviderError) in 1 } }
        #expect(calls.statistics.refused == 1)
        opener.yield()
        try await first.value
        _ = try await calls.call(.wrap) { () throws(ProviderError) in 1 }
        second.cancel()
        _ = try? await second.value
    }
}
