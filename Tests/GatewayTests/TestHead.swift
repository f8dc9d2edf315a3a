import Testing

@testable import HTTPEngine

/// Request heads for tests, read by the engine's own parser.
enum TestHead {
    /// Runs `body` with the head of `text`; nil when the engine refuses it.
    static func with<Result>(
        _ text: String, peer: PeerAddress = PeerAddress(octets: (0, 0x0a00_0005), isIPv6: false, port: 4711),
        _ body: (borrowing RequestHead) -> Result
    ) -> Result? {
        let bytes = Array(text.utf8)
        var parser = RequestParser(limits: HeadLimits(EngineConfiguration()))
        var table = HeadTable(capacity: 64)
        var line = RequestLine()
        guard case .complete(let length) = parser.parse(bytes.span, into: &table, line: &line) else { return nil }
        let head = RequestHead(
            bytes: bytes.span.extracting(0..<length), entries: table.entries.span, line: line, peer: peer,
            framing: .none)
        return body(head)
    }
}
