import Testing

@testable import HTTPEngine

private func parse(_ text: [UInt8]) -> (HeadProgress, StatusLine, FieldFacts) {
    let parser = ResponseParser(limits: HeadLimits(bytes: 512, startLineBytes: 256, fields: 16))
    var table = HeadTable(capacity: 16)
    var line = StatusLine()
    let progress = parser.parse(text.span, into: &table, line: &line)
    return (progress, line, table.facts)
}

@Suite struct ResponseParserTests {
    @Test(
        "Refuses what could be read in two ways",
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1,1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\nContent-Length: 1\n\n",
            "HTTP/1.1 200 OK\r\nX: a\n\r\n", "HTTP/1.1 200 OK\r\nX : a\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: a\0\r\n\r\n", "HTTP/1.1 200 O\0K\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
            "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.1 600 OK\r\n\r\n",
            "HTTP/1.1  200 OK\r\n\r\n",
            "HTTP/2 200\r\n\r\n", "HTTP/1.2 200 OK\r\n\r\n", "ICY 200 OK\r\n\r\n", "hello\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: " + String(repeating: "a", count: 600) + "\r\n\r\n",
        ])
    func refuses(_ text: String) {
        let (progress, _, _) = parse(bytes(text))
        #expect(progress == .failed(.upstreamBroken))
    }

    @Test(
        "Reads status lines with and without a reason",
        arguments: [
            ("HTTP/1.1 200 OK\r\n\r\n", 200, 1), ("HTTP/1.1 404 \r\n\r\n", 404, 1), ("HTTP/1.1 204\r\n\r\n", 204, 1),
            ("HTTP/1.0 599 Any thing\r\n\r\n", 599, 0), ("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", 103, 1),
        ])
    func reads(_ text: String, _ status: Int, _ minor: Int) {
        let all = bytes(text)
        let (progress, line, _) = parse(all)
        #expect(progress == .complete(all.count))
        #expect(line.status == status)
        #expect(line.minorVersion == minor)
        for cut in 0..<all.count {
            let (part, _, _) = parse(Array(all[..<cut]))
            #expect(part == .incomplete, "cut at \(cut)")
        }
    }

    @Test("Knows which responses have no content whatever their fields say")
    func framing() {
        var facts = FieldFacts()
        #expect(BodyFraming.ofResponse(facts, status: 200, toHead: false) == .untilClose)
        facts.contentLength = 5
        #expect(BodyFraming.ofResponse(facts, status: 200, toHead: false) == .length(5))
        #expect(BodyFraming.ofResponse(facts, status: 200, toHead: true) == .none)
        for status in [100, 103, 204, 304] {
            #expect(BodyFraming.ofResponse(facts, status: status, toHead: false) == .none)
        }
        facts.contentLength = nil
        facts.isChunked = true
        #expect(BodyFraming.ofResponse(facts, status: 200, toHead: false) == .chunked)
    }
}
