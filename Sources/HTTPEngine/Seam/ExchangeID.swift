/// Names one exchange (a request and its response) on one loop.
///
/// `index` is dense and reused: it is below the loop's `LoopContext.maxConnections`, so that a handler keeps its own
/// per-exchange state in an array. `generation` tells an exchange from a later one at the same index.
package struct ExchangeID: Hashable, Sendable {
    package let index: Int
    package let generation: UInt32

    package init(index: Int, generation: UInt32) {
        self.index = index
        self.generation = generation
    }
}

/// The loop's clock, read once per wake.
package struct LoopTime: Hashable, Sendable, Comparable {
    /// Nanoseconds of `CLOCK_MONOTONIC`.
    package let nanoseconds: Int64
    /// Milliseconds of Unix time, for comparison with `exp` and the like.
    package let unixMilliseconds: Int64

    package init(nanoseconds: Int64, unixMilliseconds: Int64) {
        self.nanoseconds = nanoseconds
        self.unixMilliseconds = unixMilliseconds
    }

    package static func < (left: LoopTime, right: LoopTime) -> Bool { left.nanoseconds < right.nanoseconds }
}
