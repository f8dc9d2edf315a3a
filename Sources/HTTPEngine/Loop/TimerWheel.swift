/// Deadlines of a fixed set of entries, by number. Setting, moving and firing are constant-time.
///
/// Deadlines are rounded up to ticks. An entry moved to a later deadline stays where it is and is looked at again when
/// its old slot comes round: a connection that is used often costs nothing here.
struct TimerWheel {
    /// 32 ms in nanoseconds.
    static let tick: Int64 = 1 << 25
    private static let slots = 1024
    private static let none: Int32 = -1

    private var heads = [Int32](repeating: TimerWheel.none, count: TimerWheel.slots)
    private var occupied = [UInt64](repeating: 0, count: TimerWheel.slots / 64)
    private var previous: [Int32]
    private var next: [Int32]
    /// The tick whose slot holds the entry; -1 when it is in none.
    private var place: [Int64]
    private var deadlines: [Int64]
    private var current: Int64

    init(capacity: Int, now: Int64) {
        previous = Array(repeating: Self.none, count: capacity)
        next = previous
        place = Array(repeating: -1, count: capacity)
        deadlines = Array(repeating: .max, count: capacity)
        current = now / Self.tick
    }

    /// Sets an entry's deadline in nanoseconds; `Int64.max` for none.
    mutating func set(_ entry: Int, deadline: Int64) {
        deadlines[entry] = deadline
        guard deadline != .max else { return }
        let tick = max(deadline / Self.tick + 1, current + 1)
        if place[entry] >= 0 {
            if place[entry] <= tick { return }
            remove(entry)
        }
        insert(entry, tick: min(tick, current + Int64(Self.slots) - 1))
    }

    /// Milliseconds until the next slot with entries, or nil when there is none.
    func timeout(now: Int64) -> Int? {
        for step in 0...(Self.slots / 64) {
            // Word by word from the slot after the current one, which comes up last in the first word.
            let first = Int(truncatingIfNeeded: current + 1) & (Self.slots - 1)
            let word = (first / 64 + step) & (Self.slots / 64 - 1)
            var bits = occupied[word]
            if step == 0 { bits &= ~0 << UInt64(first & 63) }
            guard bits != 0 else { continue }
            let slot = word * 64 + bits.trailingZeroBitCount
            let distance = (slot - first + Self.slots) & (Self.slots - 1)
            let due = (current + 1 + Int64(distance)) * Self.tick
            return max(0, Int((due - now + 999_999) / 1_000_000))
        }
        return nil
    }

    /// Appends the entries whose deadline has passed to `expired`; they then have no deadline.
    mutating func advance(to now: Int64, expired: inout [Int]) {
        let target = now / Self.tick
        // After a long sleep one round is enough: every slot is looked at once.
        var tick = max(current, target - Int64(Self.slots))
        while tick < target {
            tick += 1
            current = tick
            let slot = Int(truncatingIfNeeded: tick) & (Self.slots - 1)
            guard occupied[slot / 64] & (1 << UInt64(slot & 63)) != 0 else { continue }
            var entry = heads[slot]
            while entry != Self.none {
                let following = next[Int(entry)]
                expire(Int(entry), now: now, into: &expired)
                entry = following
            }
        }
        current = max(current, target)
    }

    private mutating func expire(_ entry: Int, now: Int64, into expired: inout [Int]) {
        remove(entry)
        let deadline = deadlines[entry]
        if deadline == .max { return }
        if deadline <= now {
            deadlines[entry] = .max
            expired.append(entry)
        } else {
            set(entry, deadline: deadline)
        }
    }

    private mutating func insert(_ entry: Int, tick: Int64) {
        let slot = Int(truncatingIfNeeded: tick) & (Self.slots - 1)
        let head = heads[slot]
        previous[entry] = Self.none
        next[entry] = head
        if head != Self.none { previous[Int(head)] = Int32(truncatingIfNeeded: entry) }
        heads[slot] = Int32(truncatingIfNeeded: entry)
        occupied[slot / 64] |= 1 << UInt64(slot & 63)
        place[entry] = tick
    }

    private mutating func remove(_ entry: Int) {
        let slot = Int(truncatingIfNeeded: place[entry]) & (Self.slots - 1)
        let before = previous[entry]
        let after = next[entry]
        if before == Self.none { heads[slot] = after } else { next[Int(before)] = after }
        if after != Self.none { previous[Int(after)] = before }
        if heads[slot] == Self.none { occupied[slot / 64] &= ~(1 << UInt64(slot & 63)) }
        place[entry] = -1
    }
}
