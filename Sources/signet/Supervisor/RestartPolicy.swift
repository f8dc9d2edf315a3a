/// How long to wait before a worker that ended abnormally is started again.
///
/// The first ends in a while are answered at once, since clients wait meanwhile; a worker that keeps ending is started
/// ever more slowly, so that a broken one does not eat the machine.
struct RestartPolicy: Sendable {
    /// Ends that happened longer ago than this don't count.
    static let window: Int64 = 30_000
    /// The ends within the window that are answered at once.
    static let free = 3
    /// The longest wait, in milliseconds.
    static let longest: Int64 = 5_000

    private var ends: [Int64] = []

    /// Notes an end and answers the wait, in milliseconds.
    ///
    /// - Parameter now: a monotonic time in milliseconds.
    mutating func wait(afterEndAt now: Int64) -> Int64 {
        ends.removeAll { now - $0 > Self.window }
        ends.append(now)
        let excess = ends.count - Self.free
        guard excess > 0 else { return 0 }
        // 100 ms doubled 6 times is already beyond the longest wait.
        return min(Self.longest, 100 << Int64(min(excess - 1, 6)))
    }
}
