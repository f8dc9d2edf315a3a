import Hummingbird
import NIOCore
import Testing

@testable import ControlHTTP

@Suite("The control listener on a real socket", .timeLimit(.minutes(1)))
struct ControlListenerTests {
    private let get = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
    private let last = "GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

    @Test(
        "garbage is answered with 400 and the connection ends",
        arguments: ["garbage\r\n\r\n", "GET / HTTP/9.9\r\n\r\n"])
    func garbage(text: String) async throws {
        try await LiveServer.run(Fixture().responder) { port in
            let answer = try await RawConnection.request(port, text)
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test("no Host, two Hosts and another server's Host are refused")
    func hosts() async throws {
        try await LiveServer.run(Fixture().responder) { port in
            let cases = [
                ("", 400), ("Host: localhost\r\nHost: localhost\r\n", 400), ("Host: evil.example\r\n", 421),
                ("Host: localhost\r\n", 200),
            ]
            for (host, status) in cases {
                let text = try await RawConnection.request(
                    port, "GET /hello HTTP/1.1\r\n\(host)Connection: close\r\n\r\n")
                #expect(text.hasPrefix("HTTP/1.1 \(status) "), "\(host) \(text)")
            }
        }
    }

    @Test("a head longer than the limit is refused")
    func longHead() async throws {
        try await LiveServer.run(Fixture().responder) { port in
            let text = try await RawConnection.request(
                port, "GET /hello HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "a", count: 40_000))\r\n\r\n")
            #expect(!text.hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test("a body over the limit is answered before it is sent, and its connection ends")
    func longBody() async throws {
        try await LiveServer.run(Fixture().responder) { port in
            let (text, closed) = try await RawConnection.open(port).exchange(
                ["POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n\r\n", "start"])
            #expect(text.hasPrefix("HTTP/1.1 413 "))
            #expect(text.contains("Connection: close"))
            #expect(closed)
        }
    }

    @Test("a body that stops coming is answered with 408")
    func tricklingBody() async throws {
        try await LiveServer.run(Fixture().responder) { port in
            let text = try await RawConnection.request(
                port, "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc")
            #expect(text.hasPrefix("HTTP/1.1 408 "), "\(text)")
        }
    }

    @Test("a connection that never completes a request is closed after the idle time")
    func idle() async throws {
        var limits = ControlListener.Limits()
        limits.idleTimeout = .milliseconds(300)
        try await LiveServer.run(Fixture().responder, limits: limits) { port in
            for start in ["", "GET /hel"] {
                let begin = ContinuousClock.now
                let (text, closed) = try await RawConnection.open(port).exchange(start.isEmpty ? [] : [start])
                #expect(closed)
                #expect(!text.contains("200"))
                #expect(ContinuousClock.now - begin < .seconds(4))
            }
        }
    }

    @Test(
        "one that keeps the server waiting makes room for a new connection",
        arguments: ["", "GET /hel", "idle", "body"])
    func makesRoom(kind: String) async throws {
        var limits = ControlListener.Limits()
        limits.connections = 1
        let (get, last) = (get, last)
        let body = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc"
        let first = kind == "idle" ? get : kind == "body" ? body : kind
        try await LiveServer.run(Fixture().responder, limits: limits) { port in
            let held = Task {
                try await RawConnection.open(port).exchange(first.isEmpty ? [] : [first])
            }
            try await Task.sleep(for: .milliseconds(300))
            let second = try await RawConnection.request(port, last)
            #expect(second.hasPrefix("HTTP/1.1 200 "), "\(second)")
            let (text, closed) = try await held.value
            #expect(closed)
            #expect(text.hasPrefix("HTTP/1.1 200 ") == (kind == "idle"), "\(text)")
        }
    }

    @Test("while all connections are at an answer, a further one is refused; a freed place is taken again")
    func bound() async throws {
        var limits = ControlListener.Limits()
        limits.connections = 1
        let fixture = Fixture { router in
            router.get("/slow") { _, _ in
                try await Task.sleep(for: .seconds(1))
                return Response.text("done")
            }
        }
        let last = last
        try await LiveServer.run(fixture.responder, limits: limits) { port in
            let held = Task {
                let slow = "GET /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                return try await RawConnection.request(port, slow)
            }
            try await Task.sleep(for: .milliseconds(300))
            let refused = try await RawConnection.open(port).exchange([]).text
            #expect(refused.hasPrefix("HTTP/1.1 503 "), "\(refused)")
            let first = try await held.value
            #expect(first.hasSuffix("done"))
            try await Task.sleep(for: .milliseconds(200))
            let second = try await RawConnection.request(port, last)
            #expect(second.hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test("requests follow each other on one connection, also pipelined and octet by octet")
    func keepAlive() async throws {
        let (get, last) = (get, last)
        let post = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"
        try await LiveServer.run(Fixture().responder) { port in
            let text = try await RawConnection.request(port, get + post + last)
            #expect(text.components(separatedBy: "HTTP/1.1 200 ") == 3)
            #expect(text.hasSuffix("hello"))
            let slow = try await RawConnection.open(port).exchange(last.map(String.init)).text
            #expect(slow.hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test("Expect: 100-continue is answered before the body is read")
    func continues() async throws {
        try await LiveServer.run(Fixture().responder) { port in
            let head = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
            let (text, _) = try await RawConnection.open(port).exchange([head], until: { $0.hasSuffix("\r\n\r\n") })
            #expect(text.hasPrefix("HTTP/1.1 100 "))
        }
    }

    @Test("shutdown ends idle connections at once and lets a running answer finish")
    func graceful() async throws {
        let fixture = Fixture { router in
            router.get("/slow") { _, _ in
                try await Task.sleep(for: .seconds(3))
                return Response.text("done")
            }
        }
        let get = get
        let (answers, sink) = AsyncStream<String>.makeStream()
        let took = try await LiveServer.run(fixture.responder) { port in
            Task {
                let slow = "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n"
                let text = (try? await RawConnection.request(port, slow)) ?? "no answer"
                sink.yield(text)
                sink.finish()
            }
            Task { try await RawConnection.open(port).exchange([get]) }
            try await Task.sleep(for: .seconds(1))
        }
        #expect(took < .seconds(8))
        var received: [String] = []
        for await text in answers { received.append(text) }
        #expect(received.count == 1)
        #expect(received.first?.hasSuffix("done") == true)
    }
}

extension String {
    /// How often `separator` occurs.
    fileprivate func components(separatedBy separator: String) -> Int {
        var count = 0
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}
