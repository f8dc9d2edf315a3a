/// A moment in unix time, with a resolution of one millisecond.
///
/// Arithmetic saturates at the ends of the range: a lifetime read from outside can make a moment absurd, never trap.
package struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Milliseconds since 1970-01-01T00:00:00Z; negative before it.
    package var milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The moment `seconds` after 1970-01-01T00:00:00Z.
    package init(seconds: Int64) {
        self.milliseconds = Self.saturatingMilliseconds(seconds)
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down (RFC 7519 NumericDate).
    package var seconds: Int64 {
        let quotient = milliseconds / 1000
        return milliseconds % 1000 < 0 ? quotient - 1 : quotient
    }

    package var description: String { "\(milliseconds) ms" }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The moment `seconds` after `moment`.
    package static func + (moment: Timestamp, seconds: Int64) -> Timestamp {
        moment.adding(milliseconds: saturatingMilliseconds(seconds))
    }

    /// The moment `seconds` before `moment`.
    package static func - (moment: Timestamp, seconds: Int64) -> Timestamp {
        moment.adding(milliseconds: -Self.saturatingMilliseconds(seconds))
    }

    /// The moment `milliseconds` after this one, at most the last one that can be written down.
    package func adding(milliseconds delta: Int64) -> Timestamp {
        let (sum, overflow) = milliseconds.addingReportingOverflow(delta)
        guard overflow else { return Timestamp(milliseconds: sum) }
        return Timestamp(milliseconds: delta < 0 ? .min : .max)
    }

    /// -(2^63 - 1) rather than -2^63 at the lower end, so that the result can always be negated.
    private static func saturatingMilliseconds(_ seconds: Int64) -> Int64 {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        guard overflow else { return max(product, -Int64.max) }
        return seconds < 0 ? -Int64.max : .max
    }
}
