import Testing

@testable import HTTPEngine

/// Upper-cases letters, a few octets at a time, and suspends before each.
private struct SlowFilter: BodyFilter {
    var step: Int
    var suspends: Bool
    var suspended = false

    mutating func process(_ input: Span<UInt8>, end: Bool, into output: inout OutputBuffer) -> FilterProgress {
        if suspends, !suspended, !input.isEmpty {
            suspended = true
            return FilterProgress(consumed: 0, state: .suspended)
        }
        suspended = false
        let count = min(step, input.count, output.room)
        for index in 0..<count {
            let octet = input[index]
            output.append(octet &- 0x61 < 26 ? octet & 0xDF : octet)
        }
        if end, count == input.count { return FilterProgress(consumed: count, state: .finished) }
        return FilterProgress(consumed: count, state: count < input.count ? .needsRoom : .needsInput)
    }
}

/// Writes more than it reads, and more at the end.
private struct DoublingFilter: BodyFilter {
    var tail: [UInt8]

    mutating func process(_ input: Span<UInt8>, end: Bool, into output: inout OutputBuffer) -> FilterProgress {
        let count = min(input.count, output.room / 2)
        for index in 0..<count {
            output.append(input[index])
            output.append(input[index])
        }
        guard end, count == input.count else { return FilterProgress(consumed: count, state: .needsInput) }
        guard output.room >= tail.count else { return FilterProgress(consumed: count, state: .needsRoom) }
        output.append(tail)
        return FilterProgress(consumed: count, state: .finished)
    }
}

/// Takes all at once and gives it back a few octets at a time, as far as there is room.
private struct HoldingFilter: BodyFilter {
    var step: Int
    /// Suspends before it writes what it took.
    var suspends = false
    var held: [UInt8] = []

    mutating func process(_ input: Span<UInt8>, end: Bool, into output: inout OutputBuffer) -> FilterProgress {
        held += input.array
        if suspends, !input.isEmpty { return FilterProgress(consumed: input.count, state: .suspended) }
        let count = min(step, held.count, output.room)
        output.append(Array(held.prefix(count)))
        held.removeFirst(count)
        if !held.isEmpty { return FilterProgress(consumed: input.count, state: .needsRoom) }
        return FilterProgress(consumed: input.count, state: end ? .finished : .needsInput)
    }
}

private struct RefusingFilter: BodyFilter {
    mutating func process(_ input: Span<UInt8>, end: Bool, into output: inout OutputBuffer) -> FilterProgress {
        FilterProgress(consumed: 0, state: .failed)
    }
}

@Suite struct BodyPipeTests {
    /// Moves a body through filters; returns what came out and how many wake-ups it took.
    private func filtered(
        _ body: [UInt8], _ filters: [any BodyFilter], limit: Int = 100, wakes: Int = 10_000
    ) -> ([UInt8], BodyPipe.Result, Int) {
        var pool = BufferPool(size: 1024)
        var input = InputBuffer()
        var output = OutputBuffer(limit: 4096)
        var pipe = BodyPipe(
            framing: .length(Int64(body.count)), isChunked: false, filters: FilterChain(filters, limit: limit))
        var rest = body[...]
        var result: [UInt8] = []
        for wake in 0..<wakes {
            if !input.isFull { rest = rest.dropFirst(input.fill(rest, from: &pool)) }
            let outcome = pipe.move(from: &input, ended: false, to: &output, highWater: 300)
            let held = output.count
            #expect(held <= 300)
            result += output.drain()
            if outcome != .waiting { return (result, outcome, wake) }
            pipe.wake()
        }
        return (result, .waiting, wakes)
    }

    @Test("Passes content through slow, suspending filters without losing or holding any", arguments: [1, 3, 1000])
    func slow(_ step: Int) {
        let body = Array("hello, world! ".utf8)
        let long = (0..<200).flatMap { _ in body }
        let (result, outcome, wakes) = filtered(long, [SlowFilter(step: step, suspends: true)])
        #expect(outcome == .done)
        #expect(result.text == long.text.uppercased())
        #expect(wakes >= long.count / max(step, 1024))
    }

    @Test("Chains filters in order, whatever room each has")
    func chain() {
        let body = makeBody(5000).map { $0 & 0x7F }
        let tail = Array("end".utf8)
        for limit in [10, 64, 5000] {
            let filters: [any BodyFilter] = [
                DoublingFilter(tail: tail), SlowFilter(step: 7, suspends: false), DoublingFilter(tail: tail),
            ]
            let (result, outcome, _) = filtered(body, filters, limit: limit)
            #expect(outcome == .done)
            let doubled = body.flatMap { [$0, $0] } + tail
            let raised = doubled.map { $0 &- 0x61 < 26 ? $0 & 0xDF : $0 }
            #expect(result == raised.flatMap { [$0, $0] } + tail)
        }
    }

    @Test("Stops at a filter that refuses, and waits for one that never wakes")
    func stops() {
        #expect(filtered([1, 2], [RefusingFilter()]).1 == .filterFailed)
        #expect(filtered([], [SlowFilter(step: 1, suspends: true)]).1 == .done)
        #expect(filtered(makeBody(10), [SlowFilter(step: 1, suspends: true)], wakes: 1).1 == .waiting)
    }

    @Test(
        "Calls a filter that holds content back again when there is room, though no input comes", arguments: [3, 1000])
    func holdsBack(_ step: Int) {
        let body = makeBody(900)
        var pool = BufferPool(size: 1024)
        var input = InputBuffer()
        var output = OutputBuffer(limit: 4096)
        let filters = FilterChain([HoldingFilter(step: step), HoldingFilter(step: step)], limit: 100)
        var pipe = BodyPipe(framing: .untilClose, isChunked: false, filters: filters)
        _ = input.fill(body[...], from: &pool)
        var result: [UInt8] = []
        for _ in 0..<20 {
            #expect(pipe.move(from: &input, ended: false, to: &output, highWater: 100) == .waiting)
            result += output.drain()
        }
        let isWhole = result == body
        #expect(isWhole)
    }

    @Test("Calls a filter that was woken though no input comes")
    func wokenWithoutInput() {
        let body = makeBody(90)
        var pool = BufferPool(size: 1024)
        var input = InputBuffer()
        var output = OutputBuffer(limit: 4096)
        let filters = FilterChain([HoldingFilter(step: 1000, suspends: true)], limit: 100)
        var pipe = BodyPipe(framing: .untilClose, isChunked: false, filters: filters)
        _ = input.fill(body[...], from: &pool)
        #expect(pipe.move(from: &input, ended: false, to: &output, highWater: 300) == .waiting)
        let early = output.count
        #expect(early == 0)
        pipe.wake()
        #expect(pipe.move(from: &input, ended: false, to: &output, highWater: 300) == .waiting)
        let result = output.drain()
        #expect(result == body)
    }

    @Test("Tells an end that came too early from one that ends the content")
    func ends() {
        for (framing, expected) in [
            (BodyFraming.length(5), BodyPipe.Result.endedEarly), (.chunked, .endedEarly), (.untilClose, .done),
        ] {
            var input = InputBuffer()
            var output = OutputBuffer(limit: 100)
            var pipe = BodyPipe(framing: framing, isChunked: false)
            let result = pipe.move(from: &input, ended: true, to: &output, highWater: 100)
            #expect(result == expected)
        }
    }
}
