import Testing

@testable import HTTPEngine

@Suite struct BufferTests {
    @Test("An output buffer drops what goes beyond its bound and says so")
    func overflow() {
        var output = OutputBuffer(limit: 10)
        output.append(bytes("12345678"))
        output.append(bytes("abc"))
        let (overflowed, text) = (output.overflowed, output.drain().text)
        #expect(overflowed)
        #expect(text == "12345678")
    }

    @Test("An output buffer gives what was put in, whatever is taken between", arguments: 0..<10)
    func keepsOrder(_ seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var output = OutputBuffer(limit: 5000)
        var put: [UInt8] = []
        var taken: [UInt8] = []
        for step in 0..<500 {
            let piece = makeBody(Int.random(in: 0...200, using: &generator), seed: step)
            if piece.count <= output.room {
                output.append(piece)
                put += piece
            }
            taken += output.drain(Int.random(in: 0...300, using: &generator))
        }
        taken += output.drain()
        #expect(taken == put)
    }

    @Test("An output buffer brings back what it was told to keep, and forgets it when told to")
    func rewinds() {
        var output = OutputBuffer(limit: 100)
        output.keepConsumed()
        output.append(bytes("hello"))
        _ = output.drain(3)
        output.append(bytes(" world"))
        _ = output.drain()
        output.rewind()
        let (again, occupied) = (output.drain().text, output.occupied)
        #expect(again == "hello world")
        #expect(occupied == 11)
        output.forgetConsumed()
        output.rewind()
        let (count, room) = (output.count, output.room)
        #expect(count == 0)
        #expect(room == 100)
    }

    @Test("Numbers are written in full", arguments: [0, 7, 10, 65_535, Int64.max, -1, Int64.min])
    func numbers(_ value: Int64) {
        var output = OutputBuffer(limit: 100)
        output.append(decimal: value)
        let text = output.drain().text
        #expect(text == String(value))
    }

    @Test("An input buffer holds memory only while it holds octets")
    func recycles() {
        var pool = BufferPool(size: 256)
        var input = InputBuffer()
        let first = input.fill(makeBody(300)[...], from: &pool)
        let full = input.isFull
        #expect(first == 256 - InputBuffer.slack)
        #expect(full)
        input.consume(first)
        input.recycle(to: &pool)
        let (emptied, count) = (input.isFull, input.count)
        #expect(!emptied)
        #expect(count == 0)
    }

    @Test("An input buffer gives what was put in, whatever is taken between", arguments: 0..<10)
    func inputKeepsOrder(_ seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var pool = BufferPool(size: 512)
        var input = InputBuffer()
        let all = makeBody(20_000, seed: seed)
        var rest = all[...]
        var taken: [UInt8] = []
        while taken.count < all.count {
            if !input.isFull {
                let piece = rest.prefix(Int.random(in: 0...300, using: &generator))
                rest = rest.dropFirst(input.fill(piece, from: &pool))
            }
            let count = Int.random(in: 0...input.count, using: &generator)
            taken += input.readable.extracting(first: count).array
            input.consume(count)
            if input.isEmpty { input.recycle(to: &pool) }
        }
        #expect(taken == all)
    }
}
