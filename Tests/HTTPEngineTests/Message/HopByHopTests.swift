import Testing

@testable import HTTPEngine

/// The names of the fields that would be forwarded.
private func forwarded(_ fields: String) -> [String] {
    let all = bytes("GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n")
    var parser = RequestParser(limits: HeadLimits(bytes: 4096, startLineBytes: 256, fields: 64))
    var table = HeadTable(capacity: 16)
    var line = RequestLine()
    guard case .complete(let length) = parser.parse(all.span, into: &table, line: &line) else { return ["refused"] }
    let head = RequestHead(
        bytes: all.span.extracting(first: length), entries: table.entries.span, line: line, peer: PeerAddress(),
        framing: .none)
    var names: [String] = []
    for index in 0..<head.fieldCount where head.isForwardable(at: index) { names.append(head.name(at: index).text) }
    return names
}

@Suite struct HopByHopTests {
    @Test(
        "Keeps back fields of the connection",
        arguments: [
            "Connection: close", "Keep-Alive: timeout=5", "Proxy-Connection: keep-alive", "TE: trailers", "Trailer: X",
            "Transfer-Encoding: chunked", "Upgrade: h2c", "Proxy-Authenticate: Basic",
            "Proxy-Authorization: Basic eA==",
            "Content-Length: 3", "Expect: 100-continue", "KEEP-ALIVE: x",
        ])
    func keepsBack(_ field: String) {
        #expect(forwarded(field + "\r\nX: y\r\n") == ["Host", "X"])
    }

    @Test("Keeps back what Connection names, in any case, before or after it")
    func named() {
        #expect(forwarded("A: 1\r\nConnection: a , ,B\r\nb: 2\r\nC: 3\r\n") == ["Host", "C"])
        #expect(forwarded("Connection: close\r\nConnection: X-Signet-Subject\r\nX-Signet-Subject: me\r\n") == ["Host"])
    }

    @Test("Doesn't let Connection take Host or the content's description away")
    func protected() {
        #expect(
            forwarded("Connection: host, content-type, content-length\r\nContent-Type: a/b\r\nX: y\r\n")
                == ["Host", "Content-Type", "X"])
    }

    @Test(
        "Knows every spelling of an identity field",
        arguments: ["X-Signet-Subject", "x-signet-", "X_Signet_Subject", "x-SIGNET_claims", "X_SIGNET-A"])
    func identity(_ name: String) {
        let isIdentity = HopByHop.isSignetName(bytes(name).span)
        #expect(isIdentity)
    }

    @Test("Leaves other names alone", arguments: ["X-Signe", "X-Signet", "XSignet-A", "Y-Signet-A", "X-Signal-A"])
    func notIdentity(_ name: String) {
        let isIdentity = HopByHop.isSignetName(bytes(name).span)
        #expect(!isIdentity)
    }
}
