/// Octets `start..<end` of a head; heads are far below 4 GB.
struct ByteRange: BitwiseCopyable, Hashable, Sendable {
    var start: UInt32
    var end: UInt32

    init(_ start: Int, _ end: Int) {
        self.start = UInt32(truncatingIfNeeded: start)
        self.end = UInt32(truncatingIfNeeded: end)
    }

    var count: Int { Int(end) &- Int(start) }
    var range: Range<Int> { Int(start)..<Int(end) }
}
