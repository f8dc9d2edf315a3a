/// Calls of a device that are waited for together: one after the other, those for many keys would take minutes.
enum CallsAtOnce {
    /// How many there are at once.
    static let most = 8

    /// What `work` makes of each item, in their order.
    static func map<Item: Sendable, Outcome: Sendable>(
        _ items: [Item], most: Int = most, _ work: @escaping @Sendable (Item) async -> Outcome
    ) async -> [Outcome] {
        await withTaskGroup(of: (index: Int, outcome: Outcome).self) { group in
            var rest = items.enumerated().makeIterator()
            var outcomes: [Int: Outcome] = [:]
            for _ in 0..<most {
                guard let (index, item) = rest.next() else { break }
                group.addTask { (index, await work(item)) }
            }
            while let done = await group.next() {
                outcomes[done.index] = done.outcome
                if let (index, item) = rest.next() { group.addTask { (index, await work(item)) } }
            }
            return items.indices.compactMap { outcomes[$0] }
        }
    }
}
