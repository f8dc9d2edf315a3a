/// How often an operation was done per second on the clock, and how long one took.
struct CallFigures: Sendable {
    let perSecond: Double
    /// Of one operation, in microseconds.
    let median: Double
    /// The time that one operation in a hundred takes longer than.
    let percentile99: Double

    /// Of an operation that takes all of a processor, at a rate per second of its time.
    init(rate: Double) {
        (perSecond, median, percentile99) = (rate, 1e6 / rate, 1e6 / rate)
    }

    private init(_ times: [Double], in seconds: Double) {
        let sorted = times.sorted()
        perSecond = Double(times.count) / seconds
        median = sorted.isEmpty ? 0 : sorted[sorted.count / 2]
        percentile99 = sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
    }

    /// Repeats an operation by so many callers at once, each after the answer that it got.
    static func measure(
        _ callers: Int, _ milliseconds: Int, _ operation: @escaping @Sendable () async throws -> Void
    ) async throws -> CallFigures {
        try await operation()
        let start = ContinuousClock.now
        let end = start + .milliseconds(milliseconds)
        let times = try await withThrowingTaskGroup(of: [Double].self) { group in
            for _ in 0..<callers {
                group.addTask {
                    var times: [Double] = []
                    while ContinuousClock.now < end {
                        let begin = ContinuousClock.now
                        try await operation()
                        times.append((ContinuousClock.now - begin).inSeconds * 1e6)
                    }
                    return times
                }
            }
            var all: [Double] = []
            for try await times in group { all += times }
            return all
        }
        return CallFigures(times, in: (ContinuousClock.now - start).inSeconds)
    }
}
