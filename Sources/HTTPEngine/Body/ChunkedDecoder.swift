/// Takes the chunked coding apart (RFC 9112 section 7.1), strictly: CRLF only, no white space in the size line but in
/// a bounded extension, trailers checked and dropped.
///
/// Pure: give it what there is, take what it says, give it the rest. The answer doesn't depend on how the input is cut.
struct ChunkedDecoder {
    /// Octets of a chunk's extensions.
    static let maxExtensionBytes = 256
    /// Octets of the trailer section.
    static let maxTrailerBytes = 8192

    private enum State {
        case size, extensions, sizeEnd, data, dataCarriageReturn, dataLineFeed
        case trailerStart, trailerName, trailerValue, trailerLineFeed, endLineFeed, ended
    }

    private var state = State.size
    private var digits = 0
    private var remaining: Int64 = 0
    private var counted = 0

    init() {}

    /// Reads from the start of `input`; every answer says how much of it is done with.
    mutating func step(_ input: Span<UInt8>) -> BodyStep {
        var position = 0
        while position < input.count {
            if state == .data {
                let count = Int(min(remaining, Int64(input.count &- position)))
                return .data(skip: position, count: count)
            }
            if let failure = advance(input[position]) { return .failed(failure) }
            position &+= 1
            if state == .ended { return .end(consumed: position) }
        }
        return .needsInput(consumed: position)
    }

    /// Says that `count` octets of the data that `step` found were taken.
    mutating func took(_ count: Int) {
        precondition(state == .data && Int64(count) <= remaining)
        remaining &-= Int64(count)
        if remaining == 0 { state = .dataCarriageReturn }
    }

    /// One octet of framing.
    private mutating func advance(_ octet: UInt8) -> MalformedReason? {
        switch state {
        case .size: return sizeOctet(octet)
        case .extensions: return extensionOctet(octet)
        case .sizeEnd:
            guard octet == Octet.lineFeed else { return .chunkSize }
            state = remaining == 0 ? .trailerStart : .data
            counted = 0
        case .dataCarriageReturn:
            guard octet == Octet.carriageReturn else { return .chunkEnd }
            state = .dataLineFeed
        case .dataLineFeed:
            guard octet == Octet.lineFeed else { return .chunkEnd }
            state = .size
            digits = 0
        default: return trailerOctet(octet)
        }
        return nil
    }

    private mutating func sizeOctet(_ octet: UInt8) -> MalformedReason? {
        if let value = Octet.hexadecimal(octet) {
            // Fifteen digits stay below 2^60.
            guard digits < 15 else { return .chunkSize }
            remaining = remaining << 4 | Int64(value)
            digits &+= 1
            return nil
        }
        guard digits > 0 else { return .chunkSize }
        counted = 0
        switch octet {
        case Octet.carriageReturn: state = .sizeEnd
        case 0x3B: state = .extensions
        default: return .chunkSize
        }
        return nil
    }

    private mutating func extensionOctet(_ octet: UInt8) -> MalformedReason? {
        if octet == Octet.carriageReturn {
            state = .sizeEnd
            return nil
        }
        counted &+= 1
        guard Octet.isFieldValue(octet), counted <= Self.maxExtensionBytes else { return .chunkExtension }
        return nil
    }

    private mutating func trailerOctet(_ octet: UInt8) -> MalformedReason? {
        counted &+= 1
        guard counted <= Self.maxTrailerBytes else { return .trailer }
        switch state {
        case .trailerStart:
            if octet == Octet.carriageReturn {
                state = .endLineFeed
            } else {
                guard Octet.isToken(octet) else { return .trailer }
                state = .trailerName
            }
        case .trailerName:
            if octet == Octet.colon {
                state = .trailerValue
            } else {
                guard Octet.isToken(octet) else { return .trailer }
            }
        case .trailerValue:
            if octet == Octet.carriageReturn {
                state = .trailerLineFeed
            } else {
                guard Octet.isFieldValue(octet) else { return .trailer }
            }
        case .trailerLineFeed:
            guard octet == Octet.lineFeed else { return .trailer }
            state = .trailerStart
        default:
            guard octet == Octet.lineFeed else { return .trailer }
            state = .ended
        }
        return nil
    }
}
