/// Reads field lines (RFC 9112 section 5) strictly: no folding, no white space before the colon, no bare CR or LF,
/// no control octets. Each leniency refused here has been a way to smuggle a request past a proxy.
enum FieldParser {
    enum Progress {
        case incomplete
        /// The empty line ends at this offset.
        case complete(Int)
        case failed(ExchangeFailure)
    }

    /// Reads lines from `start` on until the empty line.
    static func parse(
        _ bytes: Span<UInt8>, from start: Int, maxFields: Int, into table: inout HeadTable
    ) -> Progress {
        var position = start
        while position < bytes.count {
            let first = bytes[position]
            if first == Octet.carriageReturn {
                guard position &+ 1 < bytes.count else { return .incomplete }
                guard bytes[position &+ 1] == Octet.lineFeed else { return bare }
                return finish(bytes, end: position &+ 2, table: &table)
            }
            if first == Octet.lineFeed { return bare }
            if Octet.isBlank(first) { return .failed(.malformed(.obsoleteFolding)) }
            guard table.entries.count < maxFields else { return .failed(.headTooLarge) }
            switch line(bytes, from: position, into: &table) {
            case .complete(let next): position = next
            case let other: return other
            }
        }
        return .incomplete
    }

    private static var bare: Progress { .failed(.malformed(.bareCarriageReturnOrLineFeed)) }

    /// One field line; `.complete` carries the offset behind it.
    @inline(__always)
    private static func line(_ bytes: Span<UInt8>, from start: Int, into table: inout HeadTable) -> Progress {
        var colon = start
        while colon < bytes.count, Octet.isToken(bytes[colon]) { colon &+= 1 }
        guard colon < bytes.count else { return .incomplete }
        guard bytes[colon] == Octet.colon, colon > start, colon &- start <= Int(UInt16.max) else {
            return .failed(.malformed(.fieldName))
        }
        var valueStart = colon &+ 1
        while valueStart < bytes.count, Octet.isBlank(bytes[valueStart]) { valueStart &+= 1 }
        let end = bytes.endOfFieldValue(from: valueStart)
        guard end < bytes.count else { return .incomplete }
        guard bytes[end] == Octet.carriageReturn else {
            return bytes[end] == Octet.lineFeed ? bare : .failed(.malformed(.fieldValue))
        }
        guard end &+ 1 < bytes.count else { return .incomplete }
        guard bytes[end &+ 1] == Octet.lineFeed else { return bare }
        var valueEnd = end
        while valueEnd > valueStart, Octet.isBlank(bytes[valueEnd &- 1]) { valueEnd &-= 1 }
        let name = bytes.extracting(start..<colon)
        let known = KnownField(name: name)
        let entry = FieldEntry(
            lineStart: UInt32(truncatingIfNeeded: start), valueStart: UInt32(truncatingIfNeeded: valueStart),
            valueEnd: UInt32(truncatingIfNeeded: valueEnd), lineEnd: UInt32(truncatingIfNeeded: end &+ 2),
            nameLength: UInt16(truncatingIfNeeded: colon &- start), known: known, isHopByHop: known.isHopByHop,
            isSignet: known == .other && HopByHop.isSignetName(name))
        table.append(entry)
        if known != .other, let failure = note(entry, bytes, &table) { return .failed(failure) }
        return .complete(end &+ 2)
    }

    /// Takes down what a known field says; returns what it breaks.
    private static func note(
        _ entry: FieldEntry, _ bytes: Span<UInt8>, _ table: inout HeadTable
    ) -> ExchangeFailure? {
        switch entry.known {
        case .host:
            guard table.facts.host == nil else { return .malformed(.hostRepeated) }
            table.facts.host = ByteRange(Int(entry.valueStart), Int(entry.valueEnd))
        case .contentLength:
            guard table.facts.contentLength == nil else { return .malformed(.contentLengthRepeated) }
            guard let length = contentLength(bytes.extracting(entry.valueRange)) else {
                return .malformed(.contentLengthInvalid)
            }
            table.facts.contentLength = length
        case .transferEncoding:
            // One field, one coding: a list or a second field is where two parsers come to differ.
            guard !table.facts.isChunked, bytes.extracting(entry.valueRange).matches("chunked") else {
                return .malformed(.transferEncodingUnknown)
            }
            table.facts.isChunked = true
        case .connection: return HopByHop.note(bytes.extracting(entry.valueRange), &table.facts)
        case .expect:
            guard bytes.extracting(entry.valueRange).matches("100-continue") else { return .malformed(.expectation) }
            table.facts.expectsContinue = true
        default: break
        }
        return nil
    }

    /// One to eighteen digits and nothing else: no sign, no list.
    static func contentLength(_ value: Span<UInt8>) -> Int64? {
        guard !value.isEmpty, value.count <= 18 else { return nil }
        var length: Int64 = 0
        for index in 0..<value.count {
            guard Octet.isDigit(value[index]) else { return nil }
            length = length &* 10 &+ Int64(value[index] &- 0x30)
        }
        return length
    }

    private static func finish(_ bytes: Span<UInt8>, end: Int, table: inout HeadTable) -> Progress {
        if table.facts.contentLength != nil, table.facts.isChunked {
            return .failed(.malformed(.contentLengthWithTransferEncoding))
        }
        if table.facts.namesHopByHop, let failure = HopByHop.mark(bytes, &table) { return .failed(failure) }
        return .complete(end)
    }
}

extension Span<UInt8> {
    /// The first offset at or after `start` of an octet that a field value can't hold; `count` when there is none.
    ///
    /// Eight octets at a time: values make up most of a head.
    @inline(__always)
    func endOfFieldValue(from start: Int) -> Int {
        var position = start
        let raw = unsafe bytes
        while position &+ 8 <= count {
            // The load stays inside the span by the loop's condition; any bits make an integer.
            let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self)
            let ones: UInt64 = 0x0101_0101_0101_0101
            let high: UInt64 = 0x8080_8080_8080_8080
            let below = (word &- ones &* 0x20) & ~word & high
            let delete = word ^ (ones &* 0x7F)
            let isDelete = (delete &- ones) & ~delete & high
            if below | isDelete != 0 { break }
            position &+= 8
        }
        while position < count, Octet.isFieldValue(self[position]) { position &+= 1 }
        return position
    }
}
