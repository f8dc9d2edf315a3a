/// The filters on one body's way, each with a bounded buffer behind it. Made only when there are filters.
final class FilterChain {
    private final class Stage {
        var filter: any BodyFilter
        var output: OutputBuffer
        var isFinished = false
        var isSuspended = false
        /// It waits for something other than input, so that it is called without any.
        private var isOwed = false

        init(_ filter: any BodyFilter, limit: Int) {
            self.filter = filter
            output = OutputBuffer(limit: limit)
        }

        /// One call of the filter, unless it has nothing to do. Returns what it took and whether anything moved.
        func run(_ input: Span<UInt8>, end: Bool) -> (consumed: Int, moved: Bool, failed: Bool) {
            guard !isFinished, !isSuspended, output.room > 0, !input.isEmpty || end || isOwed else {
                return (0, false, false)
            }
            let before = output.count
            let progress = filter.process(input, end: end, into: &output)
            let consumed = min(max(progress.consumed, 0), input.count)
            isOwed = progress.state == .needsRoom || progress.state == .suspended
            switch progress.state {
            case .finished: isFinished = true
            case .suspended: isSuspended = true
            case .failed: return (consumed, true, true)
            case .needsInput, .needsRoom: break
            }
            return (consumed, consumed > 0 || output.count != before || isFinished, output.overflowed)
        }

        func drain(into target: inout OutputBuffer, limit: Int, chunked: Bool) {
            let count = min(limit, output.count)
            guard count > 0 else { return }
            if chunked {
                ChunkedEncoder.write(output.readable.extracting(first: count), into: &target)
            } else {
                target.append(output.readable.extracting(first: count))
            }
            output.consume(count)
        }
    }

    private let stages: [Stage]
    private(set) var hasFailed = false

    /// At least one filter; each may have `limit` octets of output waiting.
    init?(_ filters: [any BodyFilter], limit: Int) {
        guard !filters.isEmpty else { return nil }
        stages = filters.map { Stage($0, limit: limit) }
    }

    /// Whether the last filter has written everything it will.
    var isFinished: Bool { stages[stages.count - 1].isFinished }

    /// Octets that came out and wait to be taken.
    var pending: Int { stages[stages.count - 1].output.count }

    /// Lets suspended filters go on.
    func wake() { for stage in stages { stage.isSuspended = false } }

    /// Offers `input` to the first filter and moves what it can; returns how much of the input was taken.
    func run(_ input: Span<UInt8>, end: Bool) -> Int {
        var consumed = 0
        var moved = true
        while moved, !hasFailed {
            moved = false
            for index in stages.indices {
                let stage = stages[index]
                if index == 0 {
                    let result = stage.run(input.extracting(droppingFirst: consumed), end: end)
                    consumed += result.consumed
                    moved = moved || result.moved
                    hasFailed = hasFailed || result.failed
                } else {
                    let previous = stages[index - 1]
                    let result = stage.run(previous.output.readable, end: previous.isFinished)
                    previous.output.consume(result.consumed)
                    moved = moved || result.moved
                    hasFailed = hasFailed || result.failed
                }
            }
        }
        return consumed
    }

    /// Moves up to `limit` octets that came out to `output`, as one chunk if `chunked`.
    func drain(into output: inout OutputBuffer, limit: Int, chunked: Bool) {
        stages[stages.count - 1].drain(into: &output, limit: limit, chunked: chunked)
    }
}
