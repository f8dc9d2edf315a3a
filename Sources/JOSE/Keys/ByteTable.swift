/// Values by octet strings, built once and then only read: lookups take octets where they lie and allocate nothing.
///
/// Open addressing. The table is filled from our own keys, never from outside, so that nobody can make its probes
/// long; it is at most half full.
struct ByteTable<Value: Sendable>: Sendable {
    private var slots: [Int32]
    private(set) var entries: [(key: [UInt8], value: Value)] = []

    /// - Returns: nil if two of the keys are equal.
    init?(_ entries: [(key: [UInt8], value: Value)]) {
        var capacity = 8
        while capacity < entries.count * 2 { capacity *= 2 }
        slots = [Int32](repeating: -1, count: capacity)
        self.entries.reserveCapacity(entries.count)
        for entry in entries {
            let key = entry.key
            guard self[key.span] == nil else { return nil }
            slots[freeSlot(for: key.span)] = Int32(truncatingIfNeeded: self.entries.count)
            self.entries.append(entry)
        }
    }

    subscript(_ key: Span<UInt8>) -> Value? {
        var slot = Self.hash(key) & (slots.count &- 1)
        while slots[slot] >= 0 {
            let index = Int(slots[slot])
            let stored = entries[index].key
            if stored.span.isEqual(to: key) { return entries[index].value }
            slot = (slot &+ 1) & (slots.count &- 1)
        }
        return nil
    }

    private func freeSlot(for key: Span<UInt8>) -> Int {
        var slot = Self.hash(key) & (slots.count &- 1)
        while slots[slot] >= 0 { slot = (slot &+ 1) & (slots.count &- 1) }
        return slot
    }

    /// FNV-1a over the length and the last 32 octets: names and headers of one directory differ near their ends.
    private static func hash(_ key: Span<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(truncatingIfNeeded: key.count)
        var index = Swift.max(0, key.count &- 32)
        while index < key.count {
            hash = (hash ^ UInt64(key[index])) &* 0x100_0000_01B3
            index &+= 1
        }
        return Int(truncatingIfNeeded: hash ^ hash >> 29)
    }
}
