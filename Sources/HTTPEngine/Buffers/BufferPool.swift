/// Memory of one size for buffers, last returned first reused so that it stays in the cache.
///
/// Owned by one loop. `@safe`: memory goes out through `take` and comes back through `give`, and only the two buffer
/// types call them, each holding what it took until it gives it back.
@safe struct BufferPool: ~Copyable {
    /// Octets of each piece.
    let size: Int
    private let maxKept: Int
    private var kept = unsafe [UnsafeMutableRawPointer]()

    /// Keeps up to `maxKept` unused pieces; more go back to the allocator.
    init(size: Int, maxKept: Int = 64) {
        self.size = size
        self.maxKept = maxKept
    }

    deinit { unsafe kept.forEach { unsafe $0.deallocate() } }

    mutating func take() -> UnsafeMutableRawBufferPointer {
        let piece = unsafe kept.popLast() ?? UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        return unsafe UnsafeMutableRawBufferPointer(start: piece, count: size)
    }

    /// Takes back memory: a piece of `take`'s is kept, anything else freed.
    mutating func give(_ memory: UnsafeMutableRawBufferPointer) {
        guard let start = memory.baseAddress else { return }
        if memory.count == size, unsafe kept.count < maxKept {
            unsafe kept.append(start)
        } else {
            unsafe start.deallocate()
        }
    }
}
