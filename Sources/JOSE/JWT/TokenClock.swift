#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Where the time comes from that claims are held against.
public struct TokenClock: Sendable {
    /// Seconds since 1970.
    public let now: @Sendable () -> Int64

    /// A clock of the caller's own.
    public init(now: @escaping @Sendable () -> Int64) {
        self.now = now
    }

    /// The system's time of day.
    public static let system = TokenClock { Int64(time(nil)) }

    /// A clock that stands still, for tests and for looking at tokens of another time.
    /// - Parameter seconds: since 1970.
    public static func fixed(at seconds: Int64) -> TokenClock { TokenClock { seconds } }
}
