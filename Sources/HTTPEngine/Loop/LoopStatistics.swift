import Synchronization

/// A loop's counts, read from other threads.
final class LoopStatistics: Sendable {
    private let opened = Atomic<Int>(0)
    private let current = Atomic<Int>(0)

    func accepted() {
        opened.wrappingAdd(1, ordering: .relaxed)
        current.wrappingAdd(1, ordering: .relaxed)
    }

    func closed() { current.wrappingSubtract(1, ordering: .relaxed) }

    var totalConnections: Int { opened.load(ordering: .relaxed) }
    var openConnections: Int { current.load(ordering: .relaxed) }
}
