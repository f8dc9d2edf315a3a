/// Reads request heads (RFC 9112 sections 2 to 6) under limits, in place.
///
/// Whole heads are read in one pass. When a head comes in pieces, only the search for its end is resumed, so that one
/// octet at a time costs no more than the octets; then it is read in one pass.
struct RequestParser {
    private let limits: HeadLimits
    /// Octets already searched for the head's end.
    private var searched = 0

    init(limits: HeadLimits) { self.limits = limits }

    /// Reads the head at the start of `bytes`. On `.complete` the fields are in `table`.
    mutating func parse(
        _ bytes: Span<UInt8>, into table: inout HeadTable, line: inout RequestLine
    ) -> HeadProgress {
        if searched > 0 {
            switch findEnd(bytes) {
            case .incomplete: return checkSize(bytes)
            case .failed(let failure): return fail(failure)
            case .complete: break
            }
        }
        let window = bytes.extracting(0..<min(bytes.count, limits.bytes))
        switch read(window, into: &table, line: &line) {
        case .incomplete:
            searched = window.count
            return checkSize(bytes)
        case .failed(let failure): return fail(failure)
        case .complete(let length):
            searched = 0
            return .complete(length)
        }
    }

    private mutating func fail(_ failure: ExchangeFailure) -> HeadProgress {
        searched = 0
        return .failed(failure)
    }

    /// An incomplete head that can't become complete within the limits.
    private mutating func checkSize(_ bytes: Span<UInt8>) -> HeadProgress {
        if bytes.count >= limits.startLineBytes &+ 2, !bytes.hasLineFeed(within: limits.startLineBytes &+ 2) {
            return fail(.targetTooLong)
        }
        return bytes.count >= limits.bytes ? fail(.headTooLarge) : .incomplete
    }

    private mutating func findEnd(_ bytes: Span<UInt8>) -> HeadProgress {
        // Three octets back, for an end that was cut in two.
        var position = max(0, searched &- 3)
        while position < bytes.count {
            if bytes[position] == Octet.lineFeed {
                guard position > 0, bytes[position &- 1] == Octet.carriageReturn else {
                    return .failed(.malformed(.bareCarriageReturnOrLineFeed))
                }
                if position >= 3, bytes[position &- 2] == Octet.lineFeed { return .complete(position &+ 1) }
            } else if position > 0, bytes[position &- 1] == Octet.carriageReturn {
                return .failed(.malformed(.bareCarriageReturnOrLineFeed))
            }
            position &+= 1
        }
        searched = bytes.count
        return .incomplete
    }

    private func read(
        _ bytes: Span<UInt8>, into table: inout HeadTable, line: inout RequestLine
    ) -> FieldParser.Progress {
        table.reset()
        switch readLine(bytes, into: &line) {
        case .complete(let next):
            switch FieldParser.parse(bytes, from: next, maxFields: limits.fields, into: &table) {
            case .complete(let end):
                if let failure = check(bytes, table.facts, &line) { return .failed(failure) }
                return .complete(end)
            case let other: return other
            }
        case let other: return other
        }
    }

    private func readLine(_ bytes: Span<UInt8>, into line: inout RequestLine) -> FieldParser.Progress {
        var methodEnd = 0
        while methodEnd < bytes.count, Octet.isToken(bytes[methodEnd]) { methodEnd &+= 1 }
        guard methodEnd < bytes.count else { return .incomplete }
        guard bytes[methodEnd] == Octet.space, methodEnd > 0 else { return malformed(bytes, methodEnd, .method) }
        let targetStart = methodEnd &+ 1
        var targetEnd = targetStart
        var query = -1
        // Visible ASCII; a fragment never travels, and a reader that cuts it would route another path than we checked.
        while targetEnd < bytes.count, bytes[targetEnd] &- 0x21 < 0x5E, bytes[targetEnd] != 0x23 {
            if query < 0, bytes[targetEnd] == Octet.questionMark { query = targetEnd }
            targetEnd &+= 1
        }
        guard targetEnd < bytes.count else { return .incomplete }
        guard bytes[targetEnd] == Octet.space, targetEnd > targetStart else {
            return malformed(bytes, targetEnd, .target)
        }
        switch readVersion(bytes, from: targetEnd &+ 1, into: &line) {
        case .complete(let next):
            guard next <= limits.startLineBytes &+ 2 else { return .failed(.targetTooLong) }
            line.methodRange = ByteRange(0, methodEnd)
            line.method = RequestHead.Method(bytes.extracting(0..<methodEnd))
            line.targetRange = ByteRange(targetStart, targetEnd)
            line.hasQuery = query >= 0
            line.queryRange = query >= 0 ? ByteRange(query &+ 1, targetEnd) : ByteRange(targetEnd, targetEnd)
            let pathEnd = query >= 0 ? query : targetEnd
            // A tunnel is not what we are asked for by anybody whom we serve.
            if bytes.extracting(0..<methodEnd).isExactly("CONNECT") { return .failed(.malformed(.method)) }
            guard let failure = RequestTarget.read(bytes, pathEnd: pathEnd, into: &line) else {
                return .complete(next)
            }
            return .failed(.malformed(failure))
        case let other: return other
        }
    }

    /// What stopped the scan: a line end in the wrong place is its own reason.
    private func malformed(_ bytes: Span<UInt8>, _ position: Int, _ reason: MalformedReason) -> FieldParser.Progress {
        let octet = bytes[position]
        if octet == Octet.lineFeed { return .failed(.malformed(.bareCarriageReturnOrLineFeed)) }
        return .failed(.malformed(octet == Octet.carriageReturn ? .requestLine : reason))
    }

    private func readVersion(
        _ bytes: Span<UInt8>, from start: Int, into line: inout RequestLine
    ) -> FieldParser.Progress {
        let available = bytes.count &- start
        guard bytes.agrees(with: "HTTP/", at: start) else { return .failed(.malformed(.version)) }
        guard available >= 10 else { return .incomplete }
        let major = bytes[start &+ 5]
        let minor = bytes[start &+ 7]
        guard Octet.isDigit(major), bytes[start &+ 6] == 0x2E, Octet.isDigit(minor) else {
            return .failed(.malformed(.version))
        }
        guard bytes[start &+ 8] == Octet.carriageReturn, bytes[start &+ 9] == Octet.lineFeed else {
            return malformed(bytes, start &+ 8, .requestLine)
        }
        guard major == 0x31, minor <= 0x31 else { return .failed(.versionNotSupported) }
        line.minorVersion = Int(minor &- 0x30)
        return .complete(start &+ 10)
    }

    /// Rules that need the line and the fields: `Host`, and what HTTP/1.0 doesn't know.
    private func check(_ bytes: Span<UInt8>, _ facts: FieldFacts, _ line: inout RequestLine) -> ExchangeFailure? {
        if facts.isChunked, line.minorVersion == 0 { return .malformed(.transferEncodingInOldVersion) }
        guard let host = facts.host else {
            if line.minorVersion == 1 { return .malformed(.hostMissing) }
            if line.form != .absolute { line.hostRange = ByteRange(0, 0) }
            return nil
        }
        guard RequestTarget.isAuthority(bytes.extracting(host.range)) else { return .malformed(.hostInvalid) }
        if line.form == .absolute {
            // RFC 9112 section 3.2.2 would have us ignore Host; two names in one request is no honest client's doing.
            let named = bytes.extracting(line.hostRange.range)
            return named.equalsIgnoringCase(bytes.extracting(host.range)) ? nil : .malformed(.hostInvalid)
        }
        line.hostRange = host
        return nil
    }
}

extension Span<UInt8> {
    func hasLineFeed(within length: Int) -> Bool {
        for index in 0..<Swift.min(length, count) where self[index] == Octet.lineFeed { return true }
        return false
    }

    func hasLineFeed(from start: Int) -> Bool {
        var index = start
        while index < count {
            if self[index] == Octet.lineFeed { return true }
            index &+= 1
        }
        return false
    }

    /// Whether the octets from `start` on are `text`, as far as they are there.
    func agrees(with text: StaticString, at start: Int) -> Bool {
        // Below both the literal's length and the span's.
        let wanted = unsafe text.utf8Start
        for index in 0..<Swift.min(text.utf8CodeUnitCount, count &- start) {
            let octet = unsafe wanted[index]
            if self[start &+ index] != octet { return false }
        }
        return true
    }
}
