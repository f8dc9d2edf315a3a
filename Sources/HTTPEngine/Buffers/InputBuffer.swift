/// Octets that arrived and wait to be read. Its memory comes from the pool when there is something to receive and goes
/// back as soon as it is empty, so that an idle connection holds none. Its size is its bound.
@safe struct InputBuffer: ~Copyable {
    /// Owned between `prepare` and `recycle`; empty otherwise.
    private var storage = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var start = 0
    private var end = 0

    /// Octets of a pool's piece that are left free, so that a full buffer's content fits another piece with a coding
    /// around it and needn't be cut in two.
    static let slack = 64

    init() {}

    deinit { unsafe storage.deallocate() }

    var count: Int { end &- start }
    var isEmpty: Bool { start == end }
    /// Whether `receive` could take nothing more until something is consumed.
    var isFull: Bool { unsafe storage.count > 0 && count >= storage.count - Self.slack }

    /// The octets to read.
    var readable: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let filled = unsafe UnsafeRawBufferPointer(rebasing: storage[start..<end])
            // `start...end` is initialised memory owned by self, which the span borrows.
            let span = unsafe Span<UInt8>(_unsafeBytes: filled)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Octets of memory behind the last one, for receiving into; takes memory from the pool if there is none.
    ///
    /// Moves what is left to the front when the end is reached, at most once per fill.
    mutating func withSpace<R>(
        from pool: inout BufferPool, _ body: (UnsafeMutableRawBufferPointer) -> R
    ) -> R {
        if unsafe storage.count == 0 {
            unsafe storage = pool.take()
            start = 0
            end = 0
        } else if start > 0, unsafe storage.count &- end < storage.count / 4 + Self.slack {
            unsafe storage.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[start..<end]))
            end &-= start
            start = 0
        }
        let limit = unsafe max(end, storage.count - Self.slack)
        return unsafe body(UnsafeMutableRawBufferPointer(rebasing: storage[end..<limit]))
    }

    /// Says that `count` octets were received into the space.
    mutating func didReceive(_ count: Int) {
        precondition(unsafe count >= 0 && count <= storage.count - end)
        end += count
    }

    /// Drops octets from the front.
    mutating func consume(_ count: Int) {
        precondition(count >= 0 && count <= self.count)
        start += count
    }

    /// Gives the memory back if nothing is left to read.
    mutating func recycle(to pool: inout BufferPool) {
        guard isEmpty, unsafe storage.count > 0 else { return }
        unsafe pool.give(storage)
        unsafe storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        start = 0
        end = 0
    }

    /// Drops everything and gives the memory back.
    mutating func clear(to pool: inout BufferPool) {
        start = end
        recycle(to: &pool)
    }
}
