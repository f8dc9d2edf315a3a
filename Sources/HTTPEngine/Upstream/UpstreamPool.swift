/// Idle upstream connections of one loop, per upstream; the one used last is taken first.
///
/// Holds connections' numbers only: sockets and deadlines are the loop's.
struct UpstreamPool {
    private static let none: Int32 = -1

    private var heads: [Int32] = []
    private var counts: [Int] = []
    private var next: [Int32]
    private var previous: [Int32]
    private var isIdle: [Bool]
    private let maxIdle: Int

    /// For connections numbered below `capacity`, with up to `maxIdle` idle ones per upstream.
    init(capacity: Int, maxIdle: Int) {
        next = Array(repeating: Self.none, count: capacity)
        previous = next
        isIdle = Array(repeating: false, count: capacity)
        self.maxIdle = maxIdle
    }

    func idleCount(_ upstream: UpstreamID) -> Int { upstream.index < counts.count ? counts[upstream.index] : 0 }

    /// Some idle connection of any upstream, or nil. Looks at every upstream: for the moment when room is short.
    var anyIdle: Int? { heads.first { $0 != Self.none }.map(Int.init) }

    /// Takes an idle connection out, or nil.
    mutating func take(_ upstream: UpstreamID) -> Int? {
        guard upstream.index < heads.count, heads[upstream.index] != Self.none else { return nil }
        let connection = Int(heads[upstream.index])
        remove(connection, of: upstream)
        return connection
    }

    /// Puts a connection in; false when there are enough, and it should be closed.
    mutating func put(_ connection: Int, of upstream: UpstreamID) -> Bool {
        while heads.count <= upstream.index {
            heads.append(Self.none)
            counts.append(0)
        }
        guard counts[upstream.index] < maxIdle, !isIdle[connection] else { return false }
        let head = heads[upstream.index]
        next[connection] = head
        previous[connection] = Self.none
        if head != Self.none { previous[Int(head)] = Int32(truncatingIfNeeded: connection) }
        heads[upstream.index] = Int32(truncatingIfNeeded: connection)
        isIdle[connection] = true
        counts[upstream.index] += 1
        return true
    }

    /// Takes a certain connection out (it closed or grew too old); nothing if it isn't in.
    mutating func remove(_ connection: Int, of upstream: UpstreamID) {
        guard isIdle[connection] else { return }
        isIdle[connection] = false
        counts[upstream.index] -= 1
        let before = previous[connection]
        let after = next[connection]
        if before == Self.none { heads[upstream.index] = after } else { next[Int(before)] = after }
        if after != Self.none { previous[Int(after)] = before }
    }
}
