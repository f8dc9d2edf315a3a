import Synchronization

/// What `/readyz` answers: whether this process can do its work, and if not, what keeps it from that.
final class Readiness: Sendable {
    /// A part of the server that can fall behind.
    struct Part: Sendable {
        let name: String
        /// Whether every committed change is in force there.
        let isUpToDate: @Sendable () -> Bool
    }

    private let parts: [Part]
    private let isDraining = Atomic(false)

    init(_ parts: [Part]) {
        self.parts = parts
    }

    /// From here on new work is for other processes.
    func beginDraining() { isDraining.store(true, ordering: .releasing) }

    /// One phrase per obstacle; none: ready.
    var obstacles: [String] {
        let stale = parts.filter { !$0.isUpToDate() }.map { "\($0.name): a change could not be read" }
        return (isDraining.load(ordering: .acquiring) ? ["draining"] : []) + stale
    }
}
