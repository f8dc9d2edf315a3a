import Dispatch
import KeyManagement
import Synchronization
import Testing

@testable import KeyProviders

@Suite("Calls that block", .timeLimit(.minutes(1)))
struct BlockingCallsTests {
    /// Shared by calls.
    private final class Shared<Value: Sendable>: Sendable {
        private let value: Mutex<Value>
        init(_ value: Value) { self.value = Mutex(value) }
        func change<Answer: Sendable>(_ body: @Sendable (inout Value) -> Answer) -> Answer {
            value.withLock { body(&$0) }
        }
    }

    private func calls(lanes: Int, waiting: Int = 64, patience: Duration = .seconds(20)) -> BlockingCalls {
        var limits = BlockingCalls.Limits()
        (limits.lanes, limits.waiting, limits.patience) = (lanes, waiting, patience)
        return BlockingCalls(to: "a device", limits: limits)
    }

    @Test("Answers and failures come back, and no lane has two calls at once")
    func lanes() async throws {
        let calls = calls(lanes: 3, waiting: 300)
        let busy = Shared<Set<Int>>([])
        let answers = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<200 {
                group.addTask {
                    try await calls.run { (lane) throws(ProviderError) -> Int in
                        guard busy.change({ $0.insert(lane).inserted }) else {
                            throw ProviderError(.answerBroken, "two calls in lane \(lane)")
                        }
                        defer { _ = busy.change { $0.remove(lane) } }
                        return number
                    }
                }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(answers.count == 200)
        await #expect(throws: ProviderError(.denied, "no")) {
            try await calls.run { (_) throws(ProviderError) -> Int in throw ProviderError(.denied, "no") }
        }
    }

    @Test("A call that hangs keeps its lane, not its caller, and the others go on")
    func hangs() async throws {
        let calls = calls(lanes: 2, patience: .milliseconds(200))
        let hanging = DispatchSemaphore(value: 0)
        await #expect {
            try await calls.run { (_) throws(ProviderError) in hanging.wait() }
        } throws: { ($0 as? ProviderError)?.code == .unreachable }
        for number in 0..<10 {
            let answer = try await calls.run { (_) throws(ProviderError) in number }
            #expect(answer == number)
        }
        hanging.signal()
    }

    @Test("When all lanes hang, calls wait in a bounded queue for a limited time, and are not made afterwards")
    func allHang() async throws {
        let calls = calls(lanes: 1, waiting: 2, patience: .milliseconds(300))
        let hanging = DispatchSemaphore(value: 0)
        let made = Shared(0)
        let codes = await withTaskGroup(of: ProviderError.Code?.self) { group in
            group.addTask {
                do throws(ProviderError) {
                    try await calls.run { (_) throws(ProviderError) in hanging.wait() }
                    return nil
                } catch { return error.code }
            }
            try? await Task.sleep(for: .milliseconds(100))
            for _ in 0..<5 {
                group.addTask {
                    do throws(ProviderError) {
                        try await calls.run { (_) throws(ProviderError) in made.change { $0 += 1 } }
                        return nil
                    } catch { return error.code }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.filter { $0 == .unreachable }.count == 3)
        #expect(codes.filter { $0 == .throttled }.count == 3)
        hanging.signal()
        let after = try await calls.run { (_) throws(ProviderError) in made.change { $0 } }
        #expect(after == 0)
    }

    @Test("Closing takes no more calls and makes the last one at once, or when what is under way has ended")
    func closes() async throws {
        let last = Shared(0)
        for _ in 0..<200 {
            let quiet = calls(lanes: 2)
            try await quiet.run { (_) throws(ProviderError) in }
            await quiet.close { last.change { $0 += 1 } }
            await quiet.close { last.change { $0 += 1 } }
            await #expect(throws: ProviderError.self) { try await quiet.run { (_) throws(ProviderError) in } }
        }
        #expect(last.change { $0 } == 200)

        let hung = calls(lanes: 2, patience: .milliseconds(50))
        let hanging = DispatchSemaphore(value: 0)
        let ended = DispatchSemaphore(value: 0)
        _ = try? await hung.run { (_) throws(ProviderError) in hanging.wait() }
        await hung.close {
            last.change { $0 += 1 }
            ended.signal()
        }
        #expect(last.change { $0 } == 200)
        hanging.signal()
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                ended.wait()
                continuation.resume()
            }
        }
        #expect(last.change { $0 } == 201)
    }
}
