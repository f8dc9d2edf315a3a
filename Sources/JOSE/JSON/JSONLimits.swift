/// Bounds of the JSON reader, checked while it reads and before it allocates.
public struct JSONLimits: Sendable, Equatable {
    /// The most octets a text may have. At most 1 GiB.
    public var bytes: Int

    /// The deepest nesting of arrays and objects. At most 64.
    public var depth: Int

    /// 1 MiB, 16 levels.
    public static let `default` = JSONLimits(bytes: 1 << 20, depth: 16)

    /// Makes limits; values outside their ranges are brought into them.
    public init(bytes: Int, depth: Int) {
        self.bytes = Swift.min(Swift.max(bytes, 0), 1 << 30)
        self.depth = Swift.min(Swift.max(depth, 0), 64)
    }
}
