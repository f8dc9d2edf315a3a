/// When ``KeyStore/runTicks(timing:logger:)`` looks for what is due.
package struct TickTiming: Sendable {
    /// The pause between two looks.
    package var interval = Duration.seconds(30)
    /// The pause before a device is asked again for the key of a ring that has none; twice as long before each further time.
    package var firstPause = Duration.seconds(1)
    /// The longest of these. What has failed again and again is not asked for ten seconds anyway, which costs nothing.
    package var longestPause = Duration.seconds(5)

    package init() {}
}

/// The pauses between ticks: short ones, growing, while a ring is without a key.
struct TickPauses: Sendable {
    private let timing: TickTiming
    private var urgent: Duration

    init(_ timing: TickTiming) {
        self.timing = timing
        urgent = timing.firstPause
    }

    /// - Parameter isUrgent: whether a ring is without a key after the tick that was.
    mutating func next(isUrgent: Bool) -> Duration {
        guard isUrgent else {
            urgent = timing.firstPause
            return timing.interval
        }
        defer { urgent = min(urgent * 2, timing.longestPause) }
        return min(urgent, timing.interval)
    }
}

/// Which failures are logged: of each ring the first, and then one in an interval, however often ticks come.
struct TickReports: Sendable {
    private let interval: Duration
    private var latest: [RingSpec: ContinuousClock.Instant] = [:]

    init(every interval: Duration) { self.interval = interval }

    mutating func isDue(_ ring: RingSpec, at now: ContinuousClock.Instant) -> Bool {
        latest = latest.filter { $0.value.duration(to: now) < interval }
        guard latest[ring] == nil else { return false }
        latest[ring] = now
        return true
    }
}
