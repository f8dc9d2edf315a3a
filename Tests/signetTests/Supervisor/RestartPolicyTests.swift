import Testing

@testable import signet

@Suite("Restarting a worker")
struct RestartPolicyTests {
    @Test("A worker that served is replaced at once, sixty times in half a minute, and then after a tenth of a second")
    func servedIsReplacedAtOnce() {
        var policy = RestartPolicy()
        let waits = (0..<70).map { policy.wait(afterEndAt: Int64($0) * 200, served: true) }
        #expect(waits == Array(repeating: 0, count: 60) + Array(repeating: 100, count: 10))
    }

    @Test("Ends of long ago are forgotten")
    func oldEndsAreForgotten() {
        var policy = RestartPolicy()
        for time in 0..<100 { _ = policy.wait(afterEndAt: Int64(time), served: true) }
        #expect(policy.wait(afterEndAt: 40_000, served: true) == 0)
    }

    @Test("Workers that never serve wait twice as long each time, up to five seconds")
    func waitsGrow() {
        var policy = RestartPolicy()
        let waits = (0..<12).map { policy.wait(afterEndAt: Int64($0) * 100, served: false) }
        #expect(waits == [0, 0, 0, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000])
    }

    @Test("A worker that serves ends the row of those that did not")
    func servingEndsTheRow() {
        var policy = RestartPolicy()
        for time in 0..<8 { _ = policy.wait(afterEndAt: Int64(time), served: false) }
        #expect(policy.wait(afterEndAt: 100, served: true) == 0)
        #expect(policy.wait(afterEndAt: 200, served: false) == 0)
    }
}
