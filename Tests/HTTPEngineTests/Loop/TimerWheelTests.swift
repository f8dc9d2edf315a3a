import Testing

@testable import HTTPEngine

@Suite struct TimerWheelTests {
    private static let second: Int64 = 1_000_000_000

    @Test("Fires each deadline once, never early and at most two ticks late", arguments: 0..<8)
    func matchesModel(_ seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var now: Int64 = 5 * Self.second
        var wheel = TimerWheel(capacity: 50, now: now)
        var model: [Int: Int64] = [:]
        var expired: [Int] = []
        for _ in 0..<3000 {
            let entry = Int.random(in: 0..<50, using: &generator)
            switch Int.random(in: 0..<10, using: &generator) {
            case 0:
                wheel.set(entry, deadline: .max)
                model[entry] = nil
            case 1..<6:
                let spans: [Int64] = [0, 1_000_000, Self.second, 40 * Self.second, 400 * Self.second]
                let span = spans.randomElement(using: &generator) ?? 0
                let deadline = now + Int64.random(in: 0...max(1, span), using: &generator)
                wheel.set(entry, deadline: deadline)
                model[entry] = deadline
            default:
                let steps: [Int64] = [0, 1_000_000, Self.second, 100 * Self.second]
                now += Int64.random(in: 0...(steps.randomElement(using: &generator) ?? 0), using: &generator)
            }
            expired.removeAll()
            wheel.advance(to: now, expired: &expired)
            for fired in expired {
                #expect((model[fired] ?? .max) <= now, "entry \(fired) fired early or twice")
                model[fired] = nil
            }
            let late = model.filter { $0.value + 2 * TimerWheel.tick < now }
            #expect(late.isEmpty)
            if let next = model.values.min(), let timeout = wheel.timeout(now: now) {
                #expect(Int64(timeout) * 1_000_000 <= max(0, next - now) + 2 * TimerWheel.tick + 1_000_000)
            } else {
                #expect(model.isEmpty)
            }
        }
    }

    @Test("Sleeps for ever when there is no deadline")
    func empty() {
        let wheel = TimerWheel(capacity: 4, now: 0)
        #expect(wheel.timeout(now: 0) == nil)
    }
}
