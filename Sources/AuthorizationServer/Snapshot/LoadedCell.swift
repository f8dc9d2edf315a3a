import Synchronization

/// Holds what was loaded last, and sees to it that something older never replaces something newer.
final class LoadedCell<Value: Sendable>: Sendable {
    private struct State {
        var begun: UInt64 = 0
        var installed: UInt64 = 0
        /// The latest load that failed; nil when the value has every change.
        var staleSince: UInt64?
        var value: Value?
    }

    private let state = Mutex(State())

    /// The present value; nil before the first was installed.
    var current: Value? { state.withLock { $0.value } }

    /// The present value if it has every change; nil while it is stale, and before the first was installed.
    ///
    /// What grants or vouches reads this one: a change that was acknowledged may have taken away what it would grant.
    var upToDate: Value? { state.withLock { $0.staleSince == nil ? $0.value : nil } }

    /// Whether a change was committed that the present value lacks.
    var isStale: Bool { state.withLock { $0.staleSince != nil } }

    /// Says that the load with this number failed: whoever begins next must load everything.
    func markStale(begun: UInt64) {
        state.withLock { $0.staleSince = max($0.staleSince ?? begun, begun) }
    }

    /// A number for a load that is about to begin. Whoever begins later sees at least as much.
    func begin() -> UInt64 {
        state.withLock { state in
            state.begun += 1
            return state.begun
        }
    }

    /// Installs what a load found, unless a load that began later was quicker.
    ///
    /// Staleness ends only with a load that began after the one that failed: an earlier one may not have seen the change.
    func install(_ value: Value, begun: UInt64) {
        state.withLock { state in
            guard begun > state.installed else { return }
            state.installed = begun
            if let since = state.staleSince, begun > since { state.staleSince = nil }
            state.value = value
        }
    }

    /// Loads a value and installs it, or leaves what there is stale.
    func load(_ make: () async throws -> Value) async throws {
        let turn = begin()
        do {
            install(try await make(), begun: turn)
        } catch {
            markStale(begun: turn)
            throw error
        }
    }
}
