import Synchronization

/// Holds the present snapshot, and sees to it that an older one never replaces a newer one.
final class SnapshotCell: Sendable {
    private struct State {
        var begun: UInt64 = 0
        var installed: UInt64 = 0
        var isStale = false
        var snapshot: IssuerSnapshot?
    }

    private let state = Mutex(State())

    /// The present snapshot; nil before the first was installed.
    var current: IssuerSnapshot? { state.withLock { $0.snapshot } }

    /// Whether a change could not be loaded since the present snapshot was installed.
    var isStale: Bool { state.withLock { $0.isStale } }

    /// Says that a change could not be loaded: the next load must take everything.
    func markStale() { state.withLock { $0.isStale = true } }

    /// A number for a load that is about to begin. Whoever begins later sees at least as much.
    func begin() -> UInt64 {
        state.withLock { state in
            state.begun += 1
            return state.begun
        }
    }

    /// Installs what a load found, unless a load that began later was quicker.
    func install(_ snapshot: IssuerSnapshot, begun: UInt64) {
        state.withLock { state in
            guard begun > state.installed else { return }
            state.installed = begun
            state.isStale = false
            state.snapshot = snapshot
        }
    }
}
