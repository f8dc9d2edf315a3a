import CEventLoop

/// A readiness report.
struct ReadyEvent {
    let token: UInt64
    let isReadable: Bool
    let isWritable: Bool
    let isHalfClosed: Bool
    let isGone: Bool

    init(_ event: el_event) {
        token = event.token
        isReadable = event.flags & UInt32(EL_READABLE) != 0
        isWritable = event.flags & UInt32(EL_WRITABLE) != 0
        isHalfClosed = event.flags & UInt32(EL_HALF_CLOSED) != 0
        isGone = event.flags & UInt32(EL_GONE) != 0
    }
}

/// An epoll instance.
@safe struct Poller: ~Copyable {
    static let capacity = 256

    private let descriptor: Int32
    /// Owned, `capacity` long; the first `wait` results of it are initialised.
    private let events: UnsafeMutablePointer<el_event>

    /// A descriptor for a poller that another thread will own.
    static func makeDescriptor() throws(EngineError) -> Int32 {
        let made = el_poller_create()
        guard made >= 0 else { throw EngineError(call: "epoll_create1", code: -made) }
        return made
    }

    /// Owns the descriptor from now on.
    init(descriptor: Int32) {
        self.descriptor = descriptor
        unsafe events = UnsafeMutablePointer<el_event>.allocate(capacity: Self.capacity)
        unsafe events.initialize(repeating: el_event(), count: Self.capacity)
    }

    deinit {
        _ = el_close(descriptor)
        unsafe events.deallocate()
    }

    /// Edge-triggered, both directions.
    func add(_ other: Int32, token: UInt64) -> Bool { el_poller_add(descriptor, other, token) == 0 }

    /// Level-triggered, reading.
    func addLevel(_ other: Int32, token: UInt64) -> Bool { el_poller_add_level(descriptor, other, token) == 0 }

    func remove(_ other: Int32) { _ = el_poller_remove(descriptor, other) }

    /// Waits up to `timeout` milliseconds (-1: for ever); returns how many events there are.
    func wait(timeout: Int) -> Int {
        let limit = Int32(truncatingIfNeeded: min(timeout, 60_000))
        return max(0, Int(unsafe el_poller_wait(descriptor, events, Int32(Self.capacity), limit)))
    }

    func event(_ index: Int) -> ReadyEvent {
        precondition(index >= 0 && index < Self.capacity)
        return unsafe ReadyEvent(events[index])
    }
}
