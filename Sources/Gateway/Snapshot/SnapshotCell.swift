import Synchronization

/// Where the present snapshot lies between the builder and the loops.
///
/// A loop reads the epoch, one relaxed-cost atomic load, once per wake and takes the lock only when it moved. So a
/// request pays neither a lock nor reference counting across cores.
final class SnapshotCell: Sendable {
    private let epochCell: Atomic<UInt64>
    private let snapshot: Mutex<Snapshot>

    init(_ first: Snapshot) {
        epochCell = Atomic(first.epoch)
        snapshot = Mutex(first)
    }

    /// The epoch of the snapshot that ``current`` gives, or of one that is just being published.
    var epoch: UInt64 { epochCell.load(ordering: .acquiring) }

    var current: Snapshot { snapshot.withLock { $0 } }

    /// Publishes a snapshot, unless a later one is there already.
    func publish(_ next: Snapshot) {
        snapshot.withLock { snapshot in
            guard next.epoch > snapshot.epoch else { return }
            snapshot = next
            epochCell.store(next.epoch, ordering: .releasing)
        }
    }
}
