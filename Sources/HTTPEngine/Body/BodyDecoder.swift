/// What a body decoder found at the start of its input.
enum BodyStep: Hashable {
    /// Nothing more can be said without more input.
    case needsInput(consumed: Int)
    /// After `skip` octets of framing come `count` octets of content. Report what was taken by `took`.
    case data(skip: Int, count: Int)
    /// The body is complete.
    case end(consumed: Int)
    case failed(MalformedReason)
}

/// Finds the content in a message's octets, by whichever framing it has.
enum BodyDecoder {
    case length(Int64)
    case chunked(ChunkedDecoder)
    case untilClose

    init(_ framing: BodyFraming) {
        self =
            switch framing {
            case .none: .length(0)
            case .length(let length): .length(length)
            case .chunked: .chunked(ChunkedDecoder())
            case .untilClose: .untilClose
            }
    }

    /// Reads from the start of `input`. Skipped framing must be dropped from the input in either case.
    mutating func step(_ input: Span<UInt8>) -> BodyStep {
        switch self {
        case .length(let remaining):
            if remaining == 0 { return .end(consumed: 0) }
            if input.isEmpty { return .needsInput(consumed: 0) }
            return .data(skip: 0, count: Int(min(remaining, Int64(input.count))))
        case .untilClose:
            return input.isEmpty ? .needsInput(consumed: 0) : .data(skip: 0, count: input.count)
        case .chunked(var decoder):
            let step = decoder.step(input)
            self = .chunked(decoder)
            return step
        }
    }

    /// Says that `count` octets of content were taken.
    mutating func took(_ count: Int) {
        switch self {
        case .length(let remaining): self = .length(remaining - Int64(count))
        case .untilClose: break
        case .chunked(var decoder):
            decoder.took(count)
            self = .chunked(decoder)
        }
    }

    /// Whether the end of the connection is the end of the body.
    var endsWithConnection: Bool {
        if case .untilClose = self { return true }
        return false
    }
}
