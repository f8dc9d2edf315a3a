/// Times as people read them.
enum CivilTime {
    /// `2026-11-23 20:15:00 UTC` for seconds since 1970; nil outside of the years 1 to 9999.
    static func text(_ seconds: Int64) -> String? {
        guard (-62_135_596_800...253_402_300_799).contains(seconds) else { return nil }
        let (days, rest) = floorDivided(seconds, by: 86_400)
        let date = civil(days)
        let clock = [rest / 3600, rest / 60 % 60, rest % 60].map { padded($0, 2) }.joined(separator: ":")
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2)) \(clock) UTC"
    }

    /// `in 4 min 59 s`, `3 h 2 min ago`, `now`: the distance from `now`, in its two largest units.
    static func distance(_ seconds: Int64, from now: Int64) -> String {
        let (difference, overflow) = seconds.subtractingReportingOverflow(now)
        guard !overflow, difference != .min else { return "far away" }
        guard difference != 0 else { return "now" }
        let text = span(abs(difference))
        return difference > 0 ? "in \(text)" : "\(text) ago"
    }

    /// A span of time in its two largest units.
    static func span(_ seconds: Int64) -> String {
        let units: [(name: String, size: Int64)] = [("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)]
        var rest = seconds
        var parts: [String] = []
        for unit in units where rest >= unit.size || (unit.size == 1 && parts.isEmpty) {
            parts.append("\(rest / unit.size) \(unit.name)")
            rest %= unit.size
            if parts.count == 2 || rest == 0 { break }
        }
        return parts.joined(separator: " ")
    }

    private static func floorDivided(_ value: Int64, by divisor: Int64) -> (Int64, Int64) {
        let rest = ((value % divisor) + divisor) % divisor
        return ((value - rest) / divisor, rest)
    }

    /// Days since 1970-01-01 as a date of the Gregorian calendar: the 400-year cycle first, then year and month.
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        var (cycle, rest) = floorDivided(days + 719_162, by: 146_097)
        // Within a cycle: 100 years but the last day, 4 years, single years; a leap day ends its group.
        let centuries = min(rest / 36_524, 3)
        rest -= centuries * 36_524
        let fours = rest / 1461
        rest -= fours * 1461
        let years = min(rest / 365, 3)
        rest -= years * 365
        cycle = cycle * 400 + centuries * 100 + fours * 4 + years + 1
        let leap = cycle % 4 == 0 && (cycle % 100 != 0 || cycle % 400 == 0)
        var month: Int64 = 1
        for length: Int64 in [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
            if rest < length { break }
            rest -= length
            month += 1
        }
        return (cycle, month, rest + 1)
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
