import JOSE
import Logging
import Store
import Synchronization
import Testing

@testable import KeyManagement

@Suite("The health of a key provider")
struct ProviderHealthTests {
    @Test("nothing is claimed before the first question")
    func unknown() {
        let health = self.health(of: Answering([]))
        #expect(!health.report.isHealthy)
        #expect(health.report.fault == nil && health.report.lastSuccess == nil)
    }

    @Test("an outage has its code and leaves the time of the last success")
    func outage() async {
        let now = Mutex(Timestamp(seconds: 1000))
        let health = self.health(of: Answering([nil, .denied, nil]), clock: WallClock { now.withLock { $0 } })
        await health.ask()
        #expect(health.report.isHealthy && health.report.lastSuccess == Timestamp(seconds: 1000))
        now.withLock { $0 = Timestamp(seconds: 1010) }
        await health.ask()
        #expect(!health.report.isHealthy && health.report.fault == .denied)
        #expect(health.report.lastSuccess == Timestamp(seconds: 1000))
        await health.ask()
        #expect(health.report.isHealthy && health.report.fault == nil)
        #expect(health.report.lastSuccess == Timestamp(seconds: 1010))
    }

    @Test("a provider that answers well and fails in use is at fault until its use succeeds")
    func use() async {
        let provider = Answering([nil])
        let health = self.health(of: provider)
        provider.used(.keyMissing)
        await health.ask()
        #expect(!health.report.isHealthy && health.report.fault == .keyMissing && health.report.lastSuccess == nil)
        provider.used(nil)
        await health.ask()
        #expect(health.report.isHealthy && health.report.fault == nil)
    }

    @Test("a provider that never answers is away from the deadline on, even if it can't be interrupted")
    func hangs() async throws {
        let provider = Hanging()
        var timing = ProviderHealth.Timing()
        timing.deadline = .milliseconds(20)
        let health = ProviderHealth(provider, clock: .system, logger: Logger(label: "test"), timing: timing)
        let question = Task { await health.ask() }
        while health.report.fault == nil { try await Task.sleep(for: .milliseconds(1)) }
        #expect(health.report.fault == .unreachable)
        await provider.answer()
        await question.value
        #expect(health.report.fault == .unreachable && health.report.lastSuccess == nil)
    }

    @Test("it asks again and again until it is stopped")
    func repeats() async throws {
        let provider = Answering([.unreachable, .throttled, nil])
        var timing = ProviderHealth.Timing()
        timing.interval = .milliseconds(5)
        let health = ProviderHealth(provider, clock: .system, logger: Logger(label: "test"), timing: timing)
        let run = Task { await health.run() }
        while !health.report.isHealthy { try await Task.sleep(for: .milliseconds(1)) }
        run.cancel()
        await run.value
    }

    private func health(of provider: some KeyProvider, clock: WallClock = .system) -> ProviderHealth {
        ProviderHealth(provider, clock: clock, logger: Logger(label: "test"))
    }
}

/// Says what it is told to, in turn; the last again and again.
private final class Answering: KeyProvider {
    let kind = "test"
    let place = "a device of the test"
    let capabilities = ProviderCapabilities.wrapping
    var statistics: ProviderStatistics { use.withLock { $0 } }
    private let use = Mutex(ProviderStatistics())
    private let answers: Mutex<[ProviderError.Code?]>

    init(_ answers: [ProviderError.Code?]) { self.answers = Mutex(answers) }

    func used(_ code: ProviderError.Code?) {
        use.withLock { $0.faultInUse = code.map { ProviderError($0, "as told") } }
    }

    func checkHealth() async throws(ProviderError) {
        let code = answers.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? nil }
        if let code { throw ProviderError(code, "as told") }
    }

    func wrap(_ secret: SecretBytes, context: WrapContext) async throws(ProviderError) -> [UInt8] { [] }
    func unwrap(_ wrapped: [UInt8], context: WrapContext) async throws(ProviderError) -> SecretBytes { SecretBytes([]) }
    func close() async {}
}

/// Does not answer, and does not listen when it is told to stop, until it is let go.
private final class Hanging: KeyProvider {
    let kind = "test"
    let place = "a device of the test"
    let capabilities = ProviderCapabilities.wrapping
    let statistics = ProviderStatistics()
    private let waiting = Mutex<CheckedContinuation<Void, Never>?>(nil)

    func checkHealth() async throws(ProviderError) {
        await withCheckedContinuation { continuation in waiting.withLock { $0 = continuation } }
    }

    /// Lets go of the question, also of one that only comes now.
    func answer() async {
        while true {
            let question = waiting.withLock { $0.take() }
            if let question { return question.resume() }
            await Task.yield()
        }
    }

    func wrap(_ secret: SecretBytes, context: WrapContext) async throws(ProviderError) -> [UInt8] { [] }
    func unwrap(_ wrapped: [UInt8], context: WrapContext) async throws(ProviderError) -> SecretBytes { SecretBytes([]) }
    func close() async {}
}
