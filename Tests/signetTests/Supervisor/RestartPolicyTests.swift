import Testing

@testable import signet

@Suite("Restarting a worker")
struct RestartPolicyTests {
    @Test("The first three ends in a while are answered at once")
    func firstEndsAreFree() {
        var policy = RestartPolicy()
        #expect([0, 1000, 2000].map { policy.wait(afterEndAt: $0) } == [0, 0, 0])
    }

    @Test("Further ends wait twice as long each time, up to five seconds")
    func waitsGrow() {
        var policy = RestartPolicy()
        let waits = (0..<12).map { policy.wait(afterEndAt: Int64($0) * 100) }
        #expect(waits == [0, 0, 0, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000])
    }

    @Test("Ends of long ago are forgotten")
    func oldEndsAreForgotten() {
        var policy = RestartPolicy()
        for time in 0..<10 { _ = policy.wait(afterEndAt: Int64(time)) }
        #expect(policy.wait(afterEndAt: 40_000) == 0)
    }
}
