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

    /// Over the length and the last 24 octets: names and headers of one directory differ near their ends.
    private static func hash(_ key: Span<UInt8>) -> Int {
        let prime: UInt64 = 0x9E37_79B9_7F4A_7C15
        var hash = UInt64(truncatingIfNeeded: key.count) &* prime
        unsafe key.withUnsafeBytes { octets in
            var index = Swift.max(0, octets.count &- 24)
            while index &+ 8 <= octets.count {
                // In bounds by the condition above.
                hash = unsafe (hash ^ octets.loadUnaligned(fromByteOffset: index, as: UInt64.self)) &* prime
                hash ^= hash >> 32
                index &+= 8
            }
            while index < octets.count {
                hash = unsafe (hash ^ UInt64(octets[index])) &* prime
                index &+= 1
            }
        }
        return Int(truncatingIfNeeded: hash ^ hash >> 29)
    }
}
