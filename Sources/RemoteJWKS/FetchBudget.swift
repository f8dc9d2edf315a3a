/// How many fetches may begin within any minute.
struct FetchBudget {
    typealias Instant = ContinuousClock.Instant

    private let perMinute: Int
    /// When the latest ones began; at most as many as a minute may have.
    private var begun: [Instant] = []

    init(perMinute: Int) {
        self.perMinute = perMinute
    }

    func allows(_ now: Instant) -> Bool {
        begun.count { now < $0 + .seconds(60) } < perMinute
    }

    mutating func spend(_ now: Instant) {
        begun.removeAll { now >= $0 + .seconds(60) }
        begun.append(now)
    }
}
