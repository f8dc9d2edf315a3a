import Synchronization

/// A bounded queue of events from one event loop to the drain: one producer, one consumer, no lock.
///
/// When the drain is behind and the ring is full, an event is counted as dropped rather than slow the loop.
///
/// `@unchecked Sendable`: the storage is written only at `tail` by the one producer and read only at `head` by the
/// one consumer. A slot is published by the releasing store to `tail` and handed back by the releasing store to
/// `head`, each read with acquire by the other side, so no slot is ever accessed by both. `@safe`: every index into the storage is masked to its size.
@safe package final class UsageRing: @unchecked Sendable {
    private let mask: Int
    private let storage: UnsafeMutablePointer<UsageEvent>
    private let head = Atomic<Int>(0)
    private let tail = Atomic<Int>(0)
    private let droppedCount = Atomic<UInt64>(0)

    /// - Parameter capacity: rounded up to a power of two, at least 2 and at most 2^20.
    package init(capacity: Int = 8192) {
        var size = 2
        while size < min(capacity, 1 << 20) { size *= 2 }
        mask = size - 1
        unsafe storage = .allocate(capacity: size)
        unsafe storage.initialize(repeating: UsageEvent(), count: size)
    }

    deinit {
        unsafe storage.deallocate()
    }

    /// Appends an event; only the owning loop calls it. Returns false when the ring was full.
    @discardableResult
    package func push(_ event: UsageEvent) -> Bool {
        let end = tail.load(ordering: .relaxed)
        guard end &- head.load(ordering: .acquiring) <= mask else {
            droppedCount.wrappingAdd(1, ordering: .relaxed)
            return false
        }
        // In bounds: the index is masked to the allocation's size.
        unsafe storage[end & mask] = event
        tail.store(end &+ 1, ordering: .releasing)
        return true
    }

    /// Takes the oldest event; only the drain calls it.
    package func pop() -> UsageEvent? {
        let start = head.load(ordering: .relaxed)
        guard start != tail.load(ordering: .acquiring) else { return nil }
        // In bounds: the index is masked to the allocation's size.
        let event = unsafe storage[start & mask]
        head.store(start &+ 1, ordering: .releasing)
        return event
    }

    /// Events lost because the ring was full, since it was made.
    package var dropped: UInt64 {
        droppedCount.load(ordering: .relaxed)
    }
}
