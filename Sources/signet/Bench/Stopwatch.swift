/// Counts how often operations can be done per second of processor time.
enum Stopwatch {
    /// The rates of several operations, in the order given.
    ///
    /// They take turns in short slices, so that a machine that is busy for a moment slows all of them alike and their
    /// ratios stay true.
    static func rates(_ operations: [() throws -> Void], milliseconds: Int) throws -> [Double] {
        let slices = 10
        let slice = Duration.milliseconds(max(1, milliseconds / slices))
        var counts = operations.map { _ in 0 }
        var times = operations.map { _ in Duration.zero }
        for operation in operations { try operation() }
        for _ in 0..<slices {
            for (index, operation) in operations.enumerated() {
                let (count, time) = try repeated(operation, for: slice)
                counts[index] += count
                times[index] += time
            }
        }
        return zip(counts, times).map { count, time in Double(count) / time.inSeconds }
    }

    /// Repeats an operation for a time on the clock, and answers how often, in which processor time.
    static func repeated(_ operation: () throws -> Void, for time: Duration) throws -> (Int, Duration) {
        let start = ContinuousClock.now
        let used = ProcessorTime.now
        var count = 0
        while true {
            // Looking at the clock costs some 30 ns: once in eight times does not show.
            for _ in 0..<8 { try operation() }
            count += 8
            if ContinuousClock.now - start >= time { return (count, ProcessorTime.now - used) }
        }
    }
}
