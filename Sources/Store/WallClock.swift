#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The clock that stamps rows and judges lifetimes; tests inject their own.
package struct WallClock: Sendable {
    /// The machine's clock (CLOCK_REALTIME).
    package static let system = WallClock {
        var time = timespec()
        // The pointer lives for the call only, and CLOCK_REALTIME with a valid pointer cannot fail.
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) &* 1000 &+ Int64(time.tv_nsec) / 1_000_000)
    }

    private let read: @Sendable () -> Timestamp

    package init(_ now: @escaping @Sendable () -> Timestamp) {
        self.read = now
    }

    /// The present moment.
    package func now() -> Timestamp {
        read()
    }
}
