/// A span of time as people write it: `90`, `90s`, `5m`, `24h`, `7d`.
struct TimeSpan: Hashable, Sendable {
    let seconds: Int64

    /// nil for anything but a whole number with at most one unit, and for more than a hundred years.
    init?(_ text: String) {
        let factors: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        let factor = text.last.flatMap { factors[$0] }
        let digits = text.dropLast(factor == nil ? 0 : 1)
        guard (1...10).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) }),
            let number = Int64(digits), number <= 3_153_600_000 / (factor ?? 1)
        else { return nil }
        seconds = number * (factor ?? 1)
    }
}
