/// Octets on their way out: owned memory with a bound on its size.
///
/// Appending beyond the bound drops the octets and sets `overflowed`, which the engine answers by failing the exchange.
@safe package struct OutputBuffer: ~Copyable {
    /// Owned: allocated in `grow`, freed in `deinit`, never handed out beyond a call.
    private var storage: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0
    private let limit: Int
    package private(set) var overflowed = false

    /// An empty buffer that grows up to `limit` octets.
    package init(limit: Int) {
        unsafe storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        self.limit = limit
    }

    deinit { unsafe storage.deallocate() }

    /// Octets not yet sent.
    package var count: Int { end &- start }
    package var isEmpty: Bool { start == end }
    /// Octets that can still be appended.
    package var room: Int { limit &- count }

    package mutating func append(_ bytes: Span<UInt8>) {
        guard let target = unsafe reserve(bytes.count) else { return }
        unsafe bytes.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
        end += bytes.count
    }

    package mutating func append(_ byte: UInt8) {
        guard let target = unsafe reserve(1) else { return }
        unsafe target[0] = byte
        end += 1
    }

    package mutating func append(_ bytes: [UInt8]) { append(bytes.span) }

    package mutating func append(_ text: StaticString) {
        let source = unsafe UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard let target = unsafe reserve(source.count) else { return }
        unsafe target.copyMemory(from: source)
        end += source.count
    }

    /// Appends the text's UTF-8.
    package mutating func append(utf8 text: String) {
        var text = text
        text.withUTF8 { bytes in
            guard let target = unsafe reserve(bytes.count) else { return }
            unsafe target.copyMemory(from: UnsafeRawBufferPointer(bytes))
            end += bytes.count
        }
    }

    /// Appends a number in decimal digits.
    package mutating func append(decimal value: Int64) {
        append(utf8: String(value))
    }

    /// Room for `count` octets at the end, or nil (and `overflowed`).
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
        let held = self.count
        let needed = held + count
        let capacity = unsafe storage.count
        if needed > capacity {
            let larger = UnsafeMutableRawBufferPointer.allocate(
                byteCount: min(limit, max(needed, capacity * 2, 4096)), alignment: 16)
            if held > 0 { unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[start..<end])) }
            unsafe storage.deallocate()
            unsafe storage = larger
        } else if held > 0 {
            unsafe storage.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[start..<end]))
        }
        start = 0
        end = held
    }
}
