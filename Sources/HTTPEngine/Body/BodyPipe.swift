/// Moves one body from an input to an output: takes its transfer coding off, passes its filters, puts the next hop's
/// coding on. Stops when the output holds `highWater` octets; that is the back-pressure.
struct BodyPipe {
    /// What stopped it.
    enum Result: Hashable {
        /// More input, room in the output, or a filter's wake-up is needed.
        case waiting
        /// The body is complete in the output.
        case done
        /// The input ended before the body did.
        case endedEarly
        case tooLarge
        case malformed(MalformedReason)
        case filterFailed
    }

    private var decoder: BodyDecoder
    private let isChunked: Bool
    private let filters: FilterChain?
    private let maxBytes: Int64
    /// The content has been read to its end.
    private(set) var inputDone: Bool
    /// The content's end has been written.
    private(set) var isDone: Bool
    /// Octets of content read so far.
    private(set) var bytes: Int64 = 0

    /// `isChunked` says how it is written: chunked, or as it is.
    init(framing: BodyFraming, isChunked: Bool, filters: FilterChain? = nil, maxBytes: Int64 = .max) {
        decoder = BodyDecoder(framing)
        self.isChunked = isChunked
        self.filters = filters
        self.maxBytes = maxBytes
        let isEmpty = framing == .none || framing == .length(0)
        inputDone = isEmpty
        isDone = isEmpty && filters == nil && !isChunked
    }

    /// Moves what it can.
    mutating func move(
        from input: inout InputBuffer, ended: Bool, to output: inout OutputBuffer, highWater: Int
    ) -> Result {
        if isDone { return .done }
        if let filters { return moveFiltered(filters, from: &input, ended: ended, to: &output, highWater: highWater) }
        while !inputDone {
            switch decoder.step(input.readable) {
            case .needsInput(let consumed):
                input.consume(consumed)
                guard ended else { return .waiting }
                guard decoder.endsWithConnection else { return .endedEarly }
                inputDone = true
            case .data(let skip, let count):
                input.consume(skip)
                let room = highWater &- output.occupied &- ChunkedEncoder.overhead
                guard room > 0 else { return .waiting }
                let taken = min(count, room)
                write(input.readable.extracting(first: taken), into: &output)
                guard took(taken, from: &input) else { return .tooLarge }
            case .end(let consumed):
                input.consume(consumed)
                inputDone = true
            case .failed(let reason): return .malformed(reason)
            }
        }
        return finish(&output)
    }

    /// Reads the body and drops it. `.done` when it was read to its end.
    mutating func discard(from input: inout InputBuffer, ended: Bool) -> Result {
        while !inputDone {
            switch decoder.step(input.readable) {
            case .needsInput(let consumed):
                input.consume(consumed)
                return ended ? .endedEarly : .waiting
            case .data(let skip, let count):
                input.consume(skip)
                guard took(count, from: &input) else { return .tooLarge }
            case .end(let consumed):
                input.consume(consumed)
                inputDone = true
            case .failed(let reason): return .malformed(reason)
            }
        }
        return .done
    }

    /// Octets still to come, when the framing tells.
    var remainingLength: Int64? {
        if inputDone { return 0 }
        if case .length(let remaining) = decoder { return remaining }
        return nil
    }

    /// Whether it is written chunked.
    var isRewrittenChunked: Bool { isChunked }

    /// Lets suspended filters go on.
    func wake() { filters?.wake() }

    /// False when the content is now larger than allowed.
    private mutating func took(_ count: Int, from input: inout InputBuffer) -> Bool {
        input.consume(count)
        decoder.took(count)
        bytes &+= Int64(count)
        return bytes <= maxBytes
    }

    private func write(_ content: Span<UInt8>, into output: inout OutputBuffer) {
        if isChunked { ChunkedEncoder.write(content, into: &output) } else { output.append(content) }
    }

    private mutating func finish(_ output: inout OutputBuffer) -> Result {
        if isChunked { ChunkedEncoder.writeEnd(into: &output) }
        isDone = true
        return .done
    }

    private mutating func moveFiltered(
        _ filters: FilterChain, from input: inout InputBuffer, ended: Bool, to output: inout OutputBuffer,
        highWater: Int
    ) -> Result {
        while true {
            var moved = 0
            if inputDone {
                _ = filters.run(Span<UInt8>(), end: true)
            } else {
                switch decoder.step(input.readable) {
                case .needsInput(let consumed):
                    input.consume(consumed)
                    if ended {
                        guard decoder.endsWithConnection else { return .endedEarly }
                        inputDone = true
                        continue
                    }
                    _ = filters.run(Span<UInt8>(), end: false)
                case .data(let skip, let count):
                    input.consume(skip)
                    moved = filters.run(input.readable.extracting(first: count), end: false)
                    if moved > 0, !took(moved, from: &input) { return .tooLarge }
                case .end(let consumed):
                    input.consume(consumed)
                    inputDone = true
                    continue
                case .failed(let reason): return .malformed(reason)
                }
            }
            if filters.hasFailed { return .filterFailed }
            let room = highWater &- output.occupied &- ChunkedEncoder.overhead
            let before = filters.pending
            if room > 0 { filters.drain(into: &output, limit: room, chunked: isChunked) }
            if filters.isFinished, filters.pending == 0 {
                // A filter may end a body early; the rest of the input is then not ours to wait for.
                return inputDone ? finish(&output) : .filterFailed
            }
            if moved == 0, filters.pending == before { return .waiting }
        }
    }
}
