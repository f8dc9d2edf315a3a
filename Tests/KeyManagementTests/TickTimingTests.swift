import Testing

@testable import KeyManagement

@Suite("When it is looked for what is due")
struct TickTimingTests {
    @Test("twice a minute; sooner, and then less often, while a ring is without a key")
    func pauses() {
        var pauses = TickPauses(TickTiming())
        let urgent = [false, true, true, true, true, true, false, true]
        #expect(urgent.map { pauses.next(isUrgent: $0) } == [30, 1, 2, 4, 5, 5, 30, 1].map { .seconds($0) })
    }

    @Test("a failure that stays is told again after an interval, that of each ring for itself")
    func reports() {
        let (first, second) = (Installation.issuerRing, Installation.ordersRing)
        let start = ContinuousClock.now
        var reports = TickReports(every: .seconds(30))
        let steps: [(ring: RingSpec, at: Int, isDue: Bool)] = [
            (first, 0, true), (first, 1, false), (second, 2, true), (first, 29, false), (first, 30, true),
            (second, 31, false), (second, 32, true),
        ]
        for step in steps {
            #expect(reports.isDue(step.ring, at: start.advanced(by: .seconds(step.at))) == step.isDue, "\(step.at)")
        }
    }
}
