/// Where the parts of a status line lie.
struct StatusLine: BitwiseCopyable {
    var status: Int
    var minorVersion: Int
    /// The code and the reason phrase, as received.
    var textRange: ByteRange

    init() {
        status = 0
        minorVersion = 1
        textRange = ByteRange(0, 0)
    }
}

/// Reads response heads (RFC 9112 sections 4 to 6) under limits, in place. As strict as the request's parser: what a
/// client and we could read differently must not reach the client.
struct ResponseParser {
    private let limits: HeadLimits

    init(limits: HeadLimits) { self.limits = limits }

    /// Reads the head at the start of `bytes`. On `.complete` the fields are in `table`.
    func parse(_ bytes: Span<UInt8>, into table: inout HeadTable, line: inout StatusLine) -> HeadProgress {
        table.reset()
        let window = bytes.extracting(0..<min(bytes.count, limits.bytes))
        switch read(window, into: &table, line: &line) {
        case .complete(let length): return .complete(length)
        case .failed: return .failed(.upstreamBroken)
        case .incomplete: return bytes.count >= limits.bytes ? .failed(.upstreamBroken) : .incomplete
        }
    }

    private func read(
        _ bytes: Span<UInt8>, into table: inout HeadTable, line: inout StatusLine
    ) -> FieldParser.Progress {
        switch readLine(bytes, into: &line) {
        case .complete(let next):
            let progress = FieldParser.parse(bytes, from: next, maxFields: limits.fields, into: &table)
            if case .complete = progress, table.facts.isChunked, line.minorVersion == 0 {
                return .failed(.malformed(.transferEncodingInOldVersion))
            }
            return progress
        case let other: return other
        }
    }

    private func readLine(_ bytes: Span<UInt8>, into line: inout StatusLine) -> FieldParser.Progress {
        let malformed = FieldParser.Progress.failed(.malformed(.statusLine))
        guard bytes.agrees(with: "HTTP/1.", at: 0) else { return malformed }
        guard bytes.count >= 13 else { return .incomplete }
        guard bytes[7] == 0x31 || bytes[7] == 0x30, bytes[8] == Octet.space else { return malformed }
        let digits = (bytes[9] &- 0x30, bytes[10] &- 0x30, bytes[11] &- 0x30)
        guard digits.0 >= 1, digits.0 <= 5, digits.1 < 10, digits.2 < 10 else { return malformed }
        // A missing reason phrase may lack its space too: seen often enough, and harmless.
        guard bytes[12] == Octet.space || bytes[12] == Octet.carriageReturn else { return malformed }
        let end = bytes.endOfFieldValue(from: 12)
        guard end &+ 1 < bytes.count else { return end < bytes.count ? lineEnd(bytes[end]) : .incomplete }
        guard bytes[end] == Octet.carriageReturn, bytes[end &+ 1] == Octet.lineFeed else { return malformed }
        line.minorVersion = Int(bytes[7] &- 0x30)
        line.status = Int(digits.0) &* 100 &+ Int(digits.1) &* 10 &+ Int(digits.2)
        line.textRange = ByteRange(9, end)
        return .complete(end &+ 2)
    }

    private func lineEnd(_ octet: UInt8) -> FieldParser.Progress {
        octet == Octet.carriageReturn ? .incomplete : .failed(.malformed(.statusLine))
    }
}
