/// Octets on their way out: owned memory with a bound on its size.
///
/// Appending beyond the bound drops the octets and sets `overflowed`, which the engine answers by failing the exchange.
@safe package struct OutputBuffer: ~Copyable {
    /// Owned: from a pool (`prepare`) or allocated in `grow`; freed in `deinit`, never handed out beyond a call.
    private var storage = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var start = 0
    private var end = 0
    private let limit: Int
    package private(set) var overflowed = false
    /// Keeps what was consumed, so that `rewind` can bring it back (a request to be sent again).
    private(set) var keepsConsumed = false

    /// An empty buffer that grows up to `limit` octets.
    package init(limit: Int) { self.limit = limit }

    deinit { unsafe storage.deallocate() }

    /// Octets not yet consumed.
    package var count: Int { end &- start }
    package var isEmpty: Bool { start == end }
    /// Octets that can still be appended.
    package var room: Int { limit &- occupied }
    /// Octets held, those kept for `rewind` included.
    var occupied: Int { keepsConsumed ? end : count }

    /// The octets not yet consumed.
    package var readable: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let filled = unsafe UnsafeRawBufferPointer(rebasing: storage[start..<end])
            // `start..<end` is initialised memory owned by self, which the span borrows.
            let span = unsafe Span<UInt8>(_unsafeBytes: filled)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    package mutating func append(_ bytes: Span<UInt8>) {
        let count = bytes.count
        guard let target = unsafe reserve(count) else { return }
        unsafe bytes.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
        end &+= count
    }

    package mutating func append(_ byte: UInt8) {
        guard let target = unsafe reserve(1) else { return }
        unsafe target[0] = byte
        end &+= 1
    }

    package mutating func append(_ bytes: [UInt8]) { append(bytes.span) }

    package mutating func append(_ text: StaticString) {
        let source = unsafe UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        let count = source.count
        guard let target = unsafe reserve(count) else { return }
        unsafe target.copyMemory(from: source)
        end &+= count
    }

    /// Appends the text's UTF-8.
    package mutating func append(utf8 text: String) {
        var text = text
        text.withUTF8 { bytes in append(unsafe bytes.span) }
    }

    /// Appends a number in decimal digits.
    package mutating func append(decimal value: Int64) {
        append(value.magnitude, radix: 10, negative: value < 0)
    }

    /// Appends a number in lower-case hexadecimal digits.
    mutating func append(hexadecimal value: Int) {
        append(UInt64(value.magnitude), radix: 16, negative: false)
    }

    private mutating func append(_ magnitude: UInt64, radix: UInt64, negative: Bool) {
        var digits: InlineArray<20, UInt8> = .init(repeating: 0x30)
        var rest = magnitude
        var position = 20
        repeat {
            position &-= 1
            let digit = UInt8(truncatingIfNeeded: rest % radix)
            digits[position] = digit < 10 ? digit &+ 0x30 : digit &+ 0x57
            rest /= radix
        } while rest > 0
        if negative { append(0x2D as UInt8) }
        append(digits.span.extracting(position..<20))
    }

    /// Drops octets from the front.
    mutating func consume(_ count: Int) {
        precondition(count >= 0 && count <= self.count)
        start &+= count
        if start == end, !keepsConsumed {
            start = 0
            end = 0
        }
    }

    /// From now on keeps what is consumed. Only for a buffer that nothing was consumed from.
    mutating func keepConsumed() {
        if start == 0 { keepsConsumed = true }
    }

    /// Brings back what was consumed since `keepConsumed`.
    mutating func rewind() {
        if keepsConsumed { start = 0 }
    }

    /// Forgets what was consumed and keeps no longer.
    mutating func forgetConsumed() {
        keepsConsumed = false
        consume(0)
    }

    /// Takes memory from the pool if there is none.
    mutating func prepare(from pool: inout BufferPool) {
        if unsafe storage.count == 0 { unsafe storage = pool.take() }
    }

    /// Gives the memory back if nothing is left to send.
    mutating func recycle(to pool: inout BufferPool) {
        guard isEmpty, !keepsConsumed, unsafe storage.count > 0 else { return }
        unsafe pool.give(storage)
        unsafe storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        start = 0
        end = 0
    }

    /// Drops everything and gives the memory back.
    mutating func clear(to pool: inout BufferPool) {
        keepsConsumed = false
        overflowed = false
        start = end
        recycle(to: &pool)
    }

    /// Room for `count` octets at the end, or nil (and `overflowed`).
    @inline(__always)
    private mutating func reserve(_ count: Int) -> UnsafeMutableRawBufferPointer? {
        guard count <= room else {
            overflowed = true
            return nil
        }
        if unsafe storage.count &- end < count { grow(by: count) }
        return unsafe UnsafeMutableRawBufferPointer(rebasing: storage[end..<(end &+ count)])
    }

    /// Moves the octets to the front, of a larger memory if need be.
    private mutating func grow(by count: Int) {
        let first = keepsConsumed ? 0 : start
        let held = end - first
        let needed = held + count
        let capacity = unsafe storage.count
        if needed > capacity {
            let larger = UnsafeMutableRawBufferPointer.allocate(
                byteCount: min(limit, max(needed, capacity * 2, 4096)), alignment: 16)
            if held > 0 { unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[first..<end])) }
            unsafe storage.deallocate()
            unsafe storage = larger
        } else if held > 0 {
            unsafe storage.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[first..<end]))
        }
        start -= first
        end = held
    }
}
