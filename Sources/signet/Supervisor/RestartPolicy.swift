/// How long to wait before a worker that ended abnormally is started again.
///
/// A worker that served is replaced at once: clients wait meanwhile, and whatever ended it, a machine that answers between
/// two ends is better than one that rests. Only ends that follow each other without end are spaced a little, so that they
/// don't eat the machine. A worker that ended before it served is replaced ever more slowly.
struct RestartPolicy: Sendable {
    /// Ends that happened longer ago than this don't count.
    static let window: Int64 = 30_000
    /// The ends within the window, of workers that served, that are answered at once.
    static let free = 60
    /// The wait after that, in milliseconds.
    static let pause: Int64 = 100
    /// The ends in a row, of workers that never served, that are answered at once.
    static let freeFailures = 3
    /// The ends in a row, of workers that never served, after which one that says that it can't is believed.
    static let mostFailures = 5
    /// The longest wait, in milliseconds.
    static let longest: Int64 = 5_000

    private var ends: [Int64] = []
    private var failures = 0

    /// Whether so many workers in a row did not come to serve that the next would not either, if it is up to them.
    var isHopeless: Bool { failures >= Self.mostFailures }

    /// Notes an end and answers the wait, in milliseconds.
    ///
    /// - Parameters:
    ///   - now: a monotonic time in milliseconds.
    ///   - served: whether the worker had begun to serve.
    mutating func wait(afterEndAt now: Int64, served: Bool) -> Int64 {
        guard served else {
            failures += 1
            let excess = failures - Self.freeFailures
            // 100 ms doubled 6 times is already beyond the longest wait.
            return excess > 0 ? min(Self.longest, Self.pause << Int64(min(excess - 1, 6))) : 0
        }
        failures = 0
        ends.removeAll { now - $0 > Self.window }
        ends.append(now)
        return ends.count > Self.free ? Self.pause : 0
    }
}
