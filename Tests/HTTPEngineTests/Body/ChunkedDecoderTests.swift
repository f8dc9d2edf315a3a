import Testing

@testable import HTTPEngine

private enum Decoded: Equatable {
    case body(String, consumed: Int)
    case incomplete
    case failed(MalformedReason)
}

/// Decodes pieces as they arrive; at most `most` octets of data are taken at a time.
private func decode(_ pieces: [ArraySlice<UInt8>], most: Int = .max) -> Decoded {
    var decoder = ChunkedDecoder()
    var held: [UInt8] = []
    var body: [UInt8] = []
    var consumed = 0
    for piece in pieces {
        held += piece
        reading: while true {
            switch decoder.step(held.span) {
            case .needsInput(let count):
                held.removeFirst(count)
                consumed += count
                break reading
            case .data(let skip, let count):
                let taken = min(count, most)
                held.removeFirst(skip)
                body += held.prefix(taken)
                held.removeFirst(taken)
                consumed += skip + taken
                decoder.took(taken)
            case .end(let count): return .body(body.text, consumed: consumed + count)
            case .failed(let reason): return .failed(reason)
            }
        }
    }
    return .incomplete
}

private let refused: [(String, MalformedReason)] = [
    ("\r\n", .chunkSize), ("g\r\n", .chunkSize), (" 5\r\nhello\r\n0\r\n\r\n", .chunkSize), ("5 \r\nhello", .chunkSize),
    ("+5\r\nhello", .chunkSize), ("-5\r\nhello", .chunkSize), ("0x5\r\nhello", .chunkSize), ("5\nhello", .chunkSize),
    ("5\rhello", .chunkSize), ("5\r\r\nhello", .chunkSize), ("1234567890123456\r\n", .chunkSize),
    ("00000000000000005\r\nhello", .chunkSize), ("5,5\r\nhello", .chunkSize), ("5;a\nhello", .chunkExtension),
    ("5;a\0\r\nhello", .chunkExtension), ("5;" + String(repeating: "a", count: 300) + "\r\n", .chunkExtension),
    ("5\r\nhello5\r\n", .chunkEnd), ("5\r\nhello\n", .chunkEnd), ("5\r\nhello\rX", .chunkEnd),
    ("5\r\nhelloworld\r\n0\r\n\r\n", .chunkEnd), ("0\r\nX\r\n\r\n", .trailer), ("0\r\nX : a\r\n\r\n", .trailer),
    ("0\r\n X: a\r\n\r\n", .trailer), ("0\r\nX: a\n\r\n", .trailer), ("0\r\nX: a\0\r\n\r\n", .trailer),
    ("0\r\nX: a\r\n\rY", .trailer), ("0\r\n\n", .trailer), ("0\r\n: a\r\n\r\n", .trailer),
    ("0\r\nX: " + String(repeating: "a", count: 9000) + "\r\n\r\n", .trailer),
]

private let accepted: [(String, String)] = [
    ("0\r\n\r\n", ""), ("5\r\nhello\r\n0\r\n\r\n", "hello"), ("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"),
    ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789"), ("00a\r\n0123456789\r\n000\r\n\r\n", "0123456789"),
    ("5;a=b;c=\"d\"\r\nhello\r\n0;x\r\n\r\n", "hello"), ("5\r\n\r\n\r\n0\r\n0\r\n\r\n", "\r\n\r\n0"),
    ("5\r\nhello\r\n0\r\nX-Signet-Subject: me\r\nY:\r\n\r\n", "hello"),
]

@Suite struct ChunkedDecoderTests {
    @Test("Refuses a coding that isn't exact", arguments: refused)
    func refuses(_ text: String, _ reason: MalformedReason) {
        let all = bytes(text)
        #expect(decode([all[...]]) == .failed(reason))
        #expect(decode(all.indices.map { all[$0...$0] }) == .failed(reason))
    }

    @Test("Finds the content in every split", arguments: accepted)
    func decodes(_ text: String, _ body: String) {
        let all = bytes(text)
        let next = bytes("GET /")
        let expected = Decoded.body(body, consumed: all.count)
        #expect(decode([(all + next)[...]]) == expected)
        for first in 0...all.count {
            #expect(decode([all[..<first]]) == (first == all.count ? expected : .incomplete))
            for second in first...all.count {
                #expect(decode([all[..<first], all[first..<second], all[second...]]) == expected)
            }
        }
        for most in 1...4 { #expect(decode([all[...]], most: most) == expected) }
    }

    @Test("Takes back what the encoder wrote", arguments: 0..<10)
    func roundTrip(_ seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var output = OutputBuffer(limit: 1 << 20)
        var body: [UInt8] = []
        for _ in 0..<20 {
            let piece = makeBody(Int.random(in: 0...500, using: &generator), seed: seed).map { $0 & 0x7F }
            body += piece
            ChunkedEncoder.write(piece.span, into: &output)
        }
        ChunkedEncoder.writeEnd(into: &output)
        let coded = output.drain()
        var pieces: [ArraySlice<UInt8>] = []
        var rest = coded[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1...300, using: &generator))
            pieces.append(piece)
            rest = rest.dropFirst(piece.count)
        }
        #expect(
            decode(pieces, most: Int.random(in: 1...400, using: &generator)) == .body(body.text, consumed: coded.count))
    }
}
