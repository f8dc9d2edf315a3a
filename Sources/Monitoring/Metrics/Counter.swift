import Synchronization

/// A number that only grows.
package final class Counter: Sendable {
    private let value = Atomic<UInt64>(0)

    package init() {}

    /// Adds `amount`; wraps at 2^64, which Prometheus reads as a reset.
    package func add(_ amount: UInt64 = 1) {
        value.wrappingAdd(amount, ordering: .relaxed)
    }

    /// The value now.
    package var current: UInt64 {
        value.load(ordering: .relaxed)
    }
}

/// A number that goes up and down.
package final class Gauge: Sendable {
    private let value = Atomic<Int64>(0)

    package init() {}

    package func set(_ newValue: Int64) {
        value.store(newValue, ordering: .relaxed)
    }

    package func add(_ amount: Int64) {
        value.wrappingAdd(amount, ordering: .relaxed)
    }

    /// The value now.
    package var current: Int64 {
        value.load(ordering: .relaxed)
    }
}
