import Synchronization

/// The buckets of a histogram and the unit that it is written in.
package struct HistogramScale: Sendable, Equatable {
    /// Upper bounds, ascending, in the unit that is observed.
    package let bounds: [UInt64]
    /// How many observed units make one exported unit.
    package let divisor: Double

    package init(bounds: [UInt64], divisor: Double) {
        self.bounds = bounds.sorted()
        self.divisor = divisor
    }

    /// Observed in microseconds, exported in seconds: 100 µs to 60 s.
    package static let latency = HistogramScale(
        bounds: [
            100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
            2_500_000, 10_000_000, 60_000_000,
        ],
        divisor: 1_000_000
    )

    /// Observed and exported in bytes: 1 KiB to 1 GiB.
    package static let size = HistogramScale(
        bounds: [1 << 10, 1 << 13, 1 << 16, 1 << 20, 1 << 23, 1 << 26, 1 << 30], divisor: 1
    )
}

/// Counts observations in fixed buckets.
///
/// Its cells are one mutex-guarded array rather than atomics, so that count, sum and buckets agree when read; it is
/// written by drains and control endpoints, never by an event loop.
package final class Histogram: Sendable {
    /// What a histogram holds at one moment.
    package struct Reading: Sendable, Equatable {
        /// Observations at or below the bound of the same index and above the one before; the last is the overflow.
        package var buckets: [UInt64]
        package var sum: UInt64
        package var count: UInt64
    }

    package let scale: HistogramScale
    private let reading: Mutex<Reading>

    package init(scale: HistogramScale) {
        self.scale = scale
        reading = Mutex(Reading(buckets: Array(repeating: 0, count: scale.bounds.count + 1), sum: 0, count: 0))
    }

    /// Counts one value, in the unit of ``HistogramScale/bounds``.
    package func observe(_ value: UInt64) {
        let bucket = scale.bounds.firstIndex { value <= $0 } ?? scale.bounds.count
        reading.withLock { reading in
            reading.buckets[bucket] &+= 1
            reading.sum &+= value
            reading.count &+= 1
        }
    }

    /// What was counted so far.
    package var current: Reading {
        reading.withLock { $0 }
    }
}
