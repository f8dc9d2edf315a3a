import Testing

@testable import HTTPEngine

@Suite struct UpstreamPoolTests {
    @Test("Behaves as a bounded stack per upstream", arguments: 0..<8)
    func matchesModel(_ seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var pool = UpstreamPool(capacity: 40, maxIdle: 6)
        var model: [Int: [Int]] = [:]
        var idle: [Int: Int] = [:]
        for _ in 0..<5000 {
            let upstream = UpstreamID(index: Int.random(in: 0..<4, using: &generator))
            let connection = Int.random(in: 0..<40, using: &generator)
            switch Int.random(in: 0..<3, using: &generator) {
            case 0:
                let taken = pool.take(upstream)
                let expected = model[upstream.index, default: []].popLast()
                #expect(taken == expected)
                if let taken { idle[taken] = nil }
            case 1:
                let fits = idle[connection] == nil && model[upstream.index, default: []].count < 6
                #expect(pool.put(connection, of: upstream) == fits)
                if fits {
                    model[upstream.index, default: []].append(connection)
                    idle[connection] = upstream.index
                }
            default:
                let owner = UpstreamID(index: idle[connection] ?? upstream.index)
                pool.remove(connection, of: owner)
                model[owner.index]?.removeAll { $0 == connection }
                idle[connection] = nil
            }
            let some = pool.anyIdle
            #expect(some.map { idle[$0] != nil } ?? idle.isEmpty)
            #expect(pool.idleCount(upstream) == model[upstream.index, default: []].count)
        }
    }
}
