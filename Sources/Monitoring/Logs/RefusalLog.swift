import Synchronization

/// A bounded queue of refusals on their way to the log.
///
/// Refusals are what a stranger can cause at will, so their log lines are bounded: what does not fit between two
/// drains is counted and dropped, and the drain logs how many.
package final class RefusalLog: Sendable {
    private let limit: Int
    private let state = Mutex(State())

    private struct State {
        var records: [RefusalRecord] = []
        var suppressedSinceTake: UInt64 = 0
        var suppressed: UInt64 = 0
    }

    /// - Parameter limit: records kept between two drains; with a drain each 100 ms, ten times as many lines a second.
    package init(limit: Int = 20) {
        self.limit = limit
    }

    /// Whether a record would be kept now; ask before building one. Counts a refusal that is not kept.
    package func admits() -> Bool {
        state.withLock { state in
            guard state.records.count >= limit else { return true }
            state.suppressed &+= 1
            state.suppressedSinceTake &+= 1
            return false
        }
    }

    /// Keeps a record if there is room.
    package func append(_ record: RefusalRecord) {
        state.withLock { state in
            guard state.records.count < limit else {
                state.suppressed &+= 1
                state.suppressedSinceTake &+= 1
                return
            }
            state.records.append(record)
        }
    }

    /// Refusals never logged, since start.
    package var suppressed: UInt64 {
        state.withLock { $0.suppressed }
    }

    /// Takes all records and the number suppressed since the last take.
    package func take() -> (records: [RefusalRecord], suppressed: UInt64) {
        state.withLock { state in
            defer {
                state.records.removeAll(keepingCapacity: true)
                state.suppressedSinceTake = 0
            }
            return (state.records, state.suppressedSinceTake)
        }
    }
}
