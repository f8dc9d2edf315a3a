import Testing

@testable import HTTPEngine

/// What a parsed request looked like, copied out of the views.
struct ParsedRequest: Equatable {
    /// Octets of the head; 0 in an expectation stands for all of it.
    var length = 0
    var method: String
    var path: String
    var query: String?
    var host: String
    var minorVersion: Int
    var fields: [String]
    var framing: BodyFraming
}

enum ParseOutcome: Equatable {
    case incomplete
    case request(ParsedRequest)
    case failed(ExchangeFailure)
}

/// Parses `pieces` as they would arrive one after the other.
func parseRequest(
    _ pieces: [ArraySlice<UInt8>], limits: HeadLimits = HeadLimits(bytes: 1024, startLineBytes: 256, fields: 16)
) -> ParseOutcome {
    var parser = RequestParser(limits: limits)
    var table = HeadTable(capacity: 16)
    var line = RequestLine()
    var arrived: [UInt8] = []
    for piece in pieces {
        arrived += piece
        switch parser.parse(arrived.span, into: &table, line: &line) {
        case .incomplete: continue
        case .failed(let failure): return .failed(failure)
        case .complete(let length):
            let framing = BodyFraming.ofRequest(table.facts)
            let head = RequestHead(
                bytes: arrived.span.extracting(first: length), entries: table.entries.span, line: line,
                peer: PeerAddress(), framing: framing)
            var fields: [String] = []
            for index in 0..<head.fieldCount {
                fields.append("\(head.name(at: index).text)=\(head.value(at: index).text)")
            }
            return .request(
                ParsedRequest(
                    length: length, method: head.methodBytes.text, path: head.path.text,
                    query: head.hasQuery ? head.query.text : nil, host: head.host.text,
                    minorVersion: head.minorVersion, fields: fields, framing: framing))
        }
    }
    return .incomplete
}

/// One request, and what the parser must make of it.
struct RequestCase: CustomTestStringConvertible, Sendable {
    var name: String
    var text: String
    var failure: ExchangeFailure?

    var testDescription: String { name }

    init(_ name: String, _ text: String, _ reason: MalformedReason) {
        self.init(name, text, failure: .malformed(reason))
    }

    init(_ name: String, _ text: String, failure: ExchangeFailure? = nil) {
        self.name = name
        self.text = text
        self.failure = failure
    }
}

private let head = "GET / HTTP/1.1\r\nHost: a\r\n"

let refusedRequests: [RequestCase] = [
    RequestCase(
        "length and chunked", head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        .contentLengthWithTransferEncoding),
    RequestCase(
        "chunked and length", head + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
        .contentLengthWithTransferEncoding),
    RequestCase("two equal lengths", head + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", .contentLengthRepeated),
    RequestCase(
        "two different lengths", head + "Content-Length: 5\r\ncontent-length: 6\r\n\r\n", .contentLengthRepeated),
    RequestCase("a list of lengths", head + "Content-Length: 5, 5\r\n\r\n", .contentLengthInvalid),
    RequestCase("a signed length", head + "Content-Length: +5\r\n\r\n", .contentLengthInvalid),
    RequestCase("a negative length", head + "Content-Length: -5\r\n\r\n", .contentLengthInvalid),
    RequestCase("a hexadecimal length", head + "Content-Length: 0x5\r\n\r\n", .contentLengthInvalid),
    RequestCase("an empty length", head + "Content-Length:\r\n\r\n", .contentLengthInvalid),
    RequestCase("a length beyond any", head + "Content-Length: 9999999999999999999\r\n\r\n", .contentLengthInvalid),
    RequestCase("a length with a space in it", head + "Content-Length: 1 0\r\n\r\n", .contentLengthInvalid),
    RequestCase("another coding", head + "Transfer-Encoding: gzip\r\n\r\n", .transferEncodingUnknown),
    RequestCase("a list of codings", head + "Transfer-Encoding: gzip, chunked\r\n\r\n", .transferEncodingUnknown),
    RequestCase(
        "chunked twice in a list", head + "Transfer-Encoding: chunked, chunked\r\n\r\n", .transferEncodingUnknown),
    RequestCase(
        "chunked in two fields", head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        .transferEncodingUnknown),
    RequestCase("chunked with a parameter", head + "Transfer-Encoding: chunked;q=1\r\n\r\n", .transferEncodingUnknown),
    RequestCase("chunked in quotes", head + "Transfer-Encoding: \"chunked\"\r\n\r\n", .transferEncodingUnknown),
    RequestCase("identity", head + "Transfer-Encoding: identity\r\n\r\n", .transferEncodingUnknown),
    RequestCase("xchunked", head + "Transfer-Encoding: xchunked\r\n\r\n", .transferEncodingUnknown),
    RequestCase("an empty coding", head + "Transfer-Encoding:\r\n\r\n", .transferEncodingUnknown),
    RequestCase("a vertical tab before the coding", head + "Transfer-Encoding: \u{0B}chunked\r\n\r\n", .fieldValue),
    RequestCase(
        "chunked in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        .transferEncodingInOldVersion),
    RequestCase("white space before the colon", head + "Content-Length : 5\r\n\r\n", .fieldName),
    RequestCase("a tab before the colon", head + "Content-Length\t: 5\r\n\r\n", .fieldName),
    RequestCase("a folded value", head + "X: a\r\n b\r\n\r\n", .obsoleteFolding),
    RequestCase("a folded coding", head + "Transfer-Encoding:\r\n chunked\r\n\r\n", .transferEncodingUnknown),
    RequestCase("white space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", .obsoleteFolding),
    RequestCase("a line without a colon", head + "abc\r\n\r\n", .fieldName),
    RequestCase("an empty name", head + ": b\r\n\r\n", .fieldName),
    RequestCase("a control octet in a name", head + "X\u{01}: b\r\n\r\n", .fieldName),
    RequestCase("NUL in a value", head + "X: a\0b\r\n\r\n", .fieldValue),
    RequestCase("DEL in a value", head + "X: a\u{7F}b\r\n\r\n", .fieldValue),
    RequestCase("a bare CR in a value", head + "X: a\rb\r\n\r\n", .bareCarriageReturnOrLineFeed),
    RequestCase("a bare LF after a value", head + "X: a\nY: b\r\n\r\n", .bareCarriageReturnOrLineFeed),
    RequestCase("a bare LF as the empty line", head + "\n", .bareCarriageReturnOrLineFeed),
    RequestCase("a CR alone as the empty line", head + "\rX", .bareCarriageReturnOrLineFeed),
    RequestCase("bare LFs throughout", "GET / HTTP/1.1\nHost: a\n\n", .bareCarriageReturnOrLineFeed),
    RequestCase("no host", "GET / HTTP/1.1\r\n\r\n", .hostMissing),
    RequestCase("no host with an absolute target", "GET http://a/ HTTP/1.1\r\n\r\n", .hostMissing),
    RequestCase("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", .hostRepeated),
    RequestCase("an empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", .hostInvalid),
    RequestCase("a host with user information", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", .hostInvalid),
    RequestCase("a list of hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", .hostInvalid),
    RequestCase("a host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", .hostInvalid),
    RequestCase("a host with a wordy port", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", .hostInvalid),
    RequestCase("an open bracket in the host", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", .hostInvalid),
    RequestCase("a host that isn't the target's", "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", .hostInvalid),
    RequestCase("an authority target", "GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n", .target),
    RequestCase("CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", .method),
    RequestCase("user information in the target", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", .target),
    RequestCase("an absolute target without host", "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", .target),
    RequestCase("another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", .target),
    RequestCase("a relative target", "GET x HTTP/1.1\r\nHost: a\r\n\r\n", .target),
    RequestCase("an asterisk for GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", .target),
    RequestCase("a fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", .target),
    RequestCase("an octet beyond ASCII in the target", "GET /\u{E9} HTTP/1.1\r\nHost: a\r\n\r\n", .target),
    RequestCase("a tab in the target", "GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", .target),
    RequestCase("NUL in the target", "GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n", .target),
    RequestCase("two spaces before the version", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", .version),
    RequestCase("two spaces before the target", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", .target),
    RequestCase("a space after the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", .requestLine),
    RequestCase("a space before the method", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", .method),
    RequestCase("an octet that no method has", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", .method),
    RequestCase("no version", "GET /\r\nHost: a\r\n\r\n", .requestLine),
    RequestCase("a version in lower case", "GET / http/1.1\r\nHost: a\r\n\r\n", .version),
    RequestCase("a version with two digits", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", .requestLine),
    RequestCase("another protocol", "GET / ICY/1.1\r\nHost: a\r\n\r\n", .version),
    RequestCase("HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", failure: .versionNotSupported),
    RequestCase("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", failure: .versionNotSupported),
    RequestCase("HTTP/0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", failure: .versionNotSupported),
    RequestCase("an unknown expectation", head + "Expect: 200-ok\r\n\r\n", .expectation),
    RequestCase("no list in Connection", head + "Connection: a b\r\n\r\n", .fieldValue),
    RequestCase(
        "too many names in Connection", head + "Connection: " + String(repeating: "a,", count: 40) + "\r\n\r\n",
        failure: .headTooLarge),
    RequestCase(
        "a long target", "GET /" + String(repeating: "a", count: 300) + " HTTP/1.1\r\nHost: a\r\n\r\n",
        failure: .targetTooLong),
    RequestCase("a long target without end", "GET /" + String(repeating: "a", count: 400), failure: .targetTooLong),
    RequestCase(
        "a large head", head + "X: " + String(repeating: "a", count: 1100) + "\r\n\r\n", failure: .headTooLarge),
    RequestCase("many fields", head + String(repeating: "X: a\r\n", count: 20) + "\r\n", failure: .headTooLarge),
]

let servedRequests: [(RequestCase, ParsedRequest)] = [
    (
        RequestCase("the least there is", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        ParsedRequest(
            method: "GET", path: "/", query: nil, host: "a", minorVersion: 1, fields: ["Host=a"], framing: .none)
    ),
    (
        RequestCase("a query", "GET /a/b?c=d?e HTTP/1.1\r\nHost: a.b:80\r\n\r\n"),
        ParsedRequest(
            method: "GET", path: "/a/b", query: "c=d?e", host: "a.b:80", minorVersion: 1, fields: ["Host=a.b:80"],
            framing: .none)
    ),
    (
        RequestCase("an absolute target", "GET http://A.b/c?d HTTP/1.1\r\nHost: a.B\r\n\r\n"),
        ParsedRequest(
            method: "GET", path: "/c", query: "d", host: "A.b", minorVersion: 1, fields: ["Host=a.B"], framing: .none)
    ),
    (
        RequestCase("an absolute target without a path", "GET http://a?d HTTP/1.1\r\nHost: a\r\n\r\n"),
        ParsedRequest(
            method: "GET", path: "/", query: "d", host: "a", minorVersion: 1, fields: ["Host=a"], framing: .none)
    ),
    (
        RequestCase("the asterisk", "OPTIONS * HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n"),
        ParsedRequest(
            method: "OPTIONS", path: "*", query: nil, host: "[::1]:8080", minorVersion: 1, fields: ["Host=[::1]:8080"],
            framing: .none)
    ),
    (
        RequestCase("HTTP/1.0 without host", "GET / HTTP/1.0\r\n\r\n"),
        ParsedRequest(method: "GET", path: "/", query: nil, host: "", minorVersion: 0, fields: [], framing: .none)
    ),
    (
        RequestCase(
            "a length and white space around values",
            "POST /x HTTP/1.1\r\nHost:a\r\nContent-Length: \t12 \t\r\nX:\r\n\r\n"),
        ParsedRequest(
            method: "POST", path: "/x", query: nil, host: "a", minorVersion: 1,
            fields: ["Host=a", "Content-Length=12", "X="], framing: .length(12))
    ),
    (
        RequestCase("chunked in capitals", "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n"),
        ParsedRequest(
            method: "POST", path: "/x", query: nil, host: "a", minorVersion: 1,
            fields: ["Host=a", "Transfer-Encoding=CHUNKED"], framing: .chunked)
    ),
    (
        RequestCase(
            "an unknown method and octets beyond ASCII in a value",
            "FROB-1 /x HTTP/1.1\r\nHost: a\r\nX: \u{E9}\t!\r\n\r\n"),
        ParsedRequest(
            method: "FROB-1", path: "/x", query: nil, host: "a", minorVersion: 1, fields: ["Host=a", "X=\u{E9}\t!"],
            framing: .none)
    ),
]

@Suite struct RequestParserTests {
    @Test("Refuses what two readers could understand differently", arguments: refusedRequests)
    func refuses(_ test: RequestCase) {
        #expect(parseRequest([bytes(test.text)[...]]) == .failed(test.failure ?? .aborted))
    }

    @Test("Refuses it in whatever pieces it comes", arguments: refusedRequests)
    func refusesInPieces(_ test: RequestCase) {
        let all = bytes(test.text)
        for split in 1..<all.count {
            let outcome = parseRequest([all[..<split], all[split...]])
            guard case .failed = outcome else {
                Issue.record("split at \(split): \(outcome)")
                continue
            }
        }
        let single = parseRequest(all.indices.map { all[$0...$0] })
        guard case .failed = single else {
            Issue.record("octet by octet: \(single)")
            return
        }
    }

    @Test("Reads a request's parts in every split", arguments: servedRequests.indices)
    func reads(_ index: Int) {
        let test = servedRequests[index].0
        var expected = servedRequests[index].1
        let all = bytes(test.text)
        expected.length = all.count
        #expect(parseRequest([all[...]]) == .request(expected))
        for split in 1..<all.count {
            #expect(parseRequest([all[..<split], all[split...]]) == .request(expected), "split at \(split)")
            #expect(parseRequest([all[..<split]]) == .incomplete, "cut at \(split)")
        }
        #expect(parseRequest(all.indices.map { all[$0...$0] }) == .request(expected))
        #expect(parseRequest([(all + bytes("GET /next"))[...]]) == .request(expected))
    }

    @Test("Accepts a head and a request line at exactly their limits and not one octet more")
    func limits() {
        let limits = HeadLimits(bytes: 100, startLineBytes: 40, fields: 3)
        func request(target: Int, value: Int) -> [UInt8] {
            bytes("GET /\(String(repeating: "a", count: target)) HTTP/1.1\r\nHost: a\r\nX: ")
                + [UInt8](repeating: 0x61, count: value) + bytes("\r\n\r\n")
        }
        let line = "GET / HTTP/1.1".count
        let fits = request(target: 40 - line, value: 100 - 40 - 2 - 9 - 3 - 4)
        #expect(fits.count == 100)
        guard case .request = parseRequest([fits[...]], limits: limits) else {
            Issue.record("refused at the limit")
            return
        }
        #expect(parseRequest([request(target: 41 - line, value: 1)[...]], limits: limits) == .failed(.targetTooLong))
        let large = request(target: 40 - line, value: 100 - 40 - 2 - 9 - 3 - 3)
        #expect(parseRequest([large[...]], limits: limits) == .failed(.headTooLarge))
    }

    @Test("Survives any octets in any pieces", arguments: 0..<20)
    func survivesNoise(_ seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<200 {
            var request = bytes(servedRequests.randomElement(using: &generator)?.0.text ?? "")
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let index = request.indices.randomElement(using: &generator) ?? 0
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: request[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: request.remove(at: index)
                default: request.insert([0, 9, 10, 13, 32, 58].randomElement(using: &generator) ?? 0, at: index)
                }
            }
            let whole = parseRequest([request[...]])
            let split = Int.random(in: 0...request.count, using: &generator)
            let cut = parseRequest([request[..<split], request[split...]])
            // In pieces a refusal may name another reason, or wait for an end that never comes; it may not become a
            // request.
            switch (whole, cut) {
            case (.failed, .failed), (.failed, .incomplete): break
            default: #expect(whole == cut)
            }
        }
    }
}
