import Testing

@testable import HTTPEngine

private let get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
private let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

/// Takes everything, then waits for a wake-up before it passes it on.
private struct PausingFilter: BodyFilter {
    var held: [UInt8] = []

    mutating func process(_ input: Span<UInt8>, end: Bool, into output: inout OutputBuffer) -> FilterProgress {
        held += input.array
        guard input.isEmpty else { return FilterProgress(consumed: input.count, state: .suspended) }
        output.append(held)
        held = []
        return FilterProgress(consumed: 0, state: end ? .finished : .needsInput)
    }
}

@Suite struct ExchangeTests {
    @Test("Proxies a request and its response, and keeps both connections")
    func keepAlive() throws {
        var wire = try ExchangeHarness()
        for _ in 0..<3 {
            wire.client("GET /a?b HTTP/1.1\r\nHost: h\r\nX: y\r\nConnection: z\r\nZ: 1\r\nX_Signet_Subject: me\r\n\r\n")
            let sent = wire.takeUpstreamOutput()
            #expect(sent == "GET /a?b HTTP/1.1\r\nHost: h\r\nX: y\r\n\r\n")
            wire.upstream("HTTP/1.1 200 Fine\r\nContent-Length: 2\r\nKeep-Alive: x\r\nA: b\r\nx-signet-c: d\r\n\r\nok")
            let got = wire.takeClientOutput()
            #expect(got == "HTTP/1.1 200 Fine\r\nA: b\r\nContent-Length: 2\r\n\r\nok")
            let phase = wire.phase
            #expect(phase == .idle)
        }
        let (actions, handler) = (wire.actions, wire.handler)
        #expect(actions.filter { $0 == .dropUpstream(reusable: true) }.count == 3)
        #expect(handler.begun.count == 3)
        #expect(handler.ended.map(\.1.ending) == [.completed, .completed, .completed])
        #expect(handler.ended.map(\.1.status) == [200, 200, 200])
        #expect(Set(handler.begun).count == 3)
    }

    @Test("Serves pipelined requests one after the other, in order")
    func pipelined() throws {
        var wire = try ExchangeHarness()
        wire.client(get + "GET /b HTTP/1.1\r\nHost: h\r\n\r\n")
        let first = wire.takeUpstreamOutput()
        #expect(first.hasPrefix("GET /a "))
        wire.upstream(ok)
        let pending = wire.handler.begun.count
        #expect(pending == 1)
        let answer = wire.takeClientOutput()
        #expect(answer.hasSuffix("ok"))
        let second = wire.takeUpstreamOutput()
        #expect(second.hasPrefix("GET /b "))
    }

    @Test("Passes content on in the framing it has, both ways", arguments: [20, 700, 20_000])
    func content(_ piece: Int) throws {
        let body = makeBody(20_000)
        for isChunked in [false, true] {
            var wire = try ExchangeHarness()
            let field = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: 20000"
            let coded = isChunked ? chunked(body, sizes: [1, 500, 7_000], trailer: "X-Signet-Subject: me\r\n") : body
            wire.client("POST /a HTTP/1.1\r\nHost: h\r\n\(field)\r\n\r\n")
            var sent: [UInt8] = []
            var rest = coded[...]
            while !rest.isEmpty {
                let count = wire.client(Array(rest.prefix(piece)))
                rest = rest.dropFirst(count)
                sent += Array(wire.takeUpstreamOutput().utf8)
                if sent.count > 100_000 { break }
            }
            // The body isn't UTF-8, so its length after decoding is compared by the figures instead.
            let counted = wire.exchange.request.bytes
            #expect(counted == 20_000)
            let done = wire.exchange.request.isDone
            #expect(done)
            wire.upstream("HTTP/1.1 200 OK\r\n\(field)\r\n\r\n")
            var back = coded[...]
            var received = 0
            while !back.isEmpty {
                let count = wire.upstream(Array(back.prefix(piece)))
                back = back.dropFirst(count)
                received += wire.takeClientOutput().utf8.count
                if count == 0, received == 0 { break }
            }
            _ = wire.takeClientOutput()
            let outcome = wire.handler.ended.first?.1
            #expect(outcome?.responseBodyBytes == 20_000)
            #expect(outcome?.requestBodyBytes == 20_000)
            #expect(outcome?.ending == .completed)
        }
    }

    @Test("Holds bounded octets while the other side doesn't read")
    func backPressure() throws {
        var configuration = EngineConfiguration()
        configuration.maxHeadBytes = 1024
        configuration.bufferBytes = 4096
        var wire = try ExchangeHarness(configuration: configuration)
        wire.client("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n")
        let up = wire.client(makeBody(1_000_000))
        #expect(up < 3 * 4096)
        wire.upstream("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n")
        let down = wire.upstream(makeBody(1_000_000))
        #expect(down < 3 * 4096)
        let (wantsClient, wantsUpstream) = (wire.exchange.wantsClientInput, wire.exchange.wantsUpstreamInput)
        #expect(!wantsClient)
        #expect(!wantsUpstream)
    }

    @Test("Answers itself when the handler says so, and goes on with the next request")
    func immediate() throws {
        var wire = try ExchangeHarness()
        wire.handler.decide = { _, _ in
            .respond(
                ImmediateResponse(
                    status: 401,
                    fields: [ResponseField("WWW-Authenticate", "Bearer"), ResponseField("Bad", "a\r\nSet-Cookie: b")],
                    body: Array("no".utf8)))
        }
        wire.client("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello" + get)
        let got = wire.takeClientOutput()
        let one =
            "HTTP/1.1 401 Unauthorized\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nWWW-Authenticate: Bearer\r\n"
            + "Content-Length: 2\r\n\r\nno"
        #expect(got == one + one)
        let (phase, actions) = (wire.phase, wire.actions)
        #expect(phase == .idle)
        #expect(actions.isEmpty)
    }

    @Test("Closes after an answer to a request whose content it won't read, and lets the client read the answer")
    func immediateWithLargeBody() throws {
        var wire = try ExchangeHarness()
        wire.handler.decide = { _, _ in .respond(ImmediateResponse(status: 403)) }
        wire.client("POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe")
        let got = wire.takeClientOutput()
        #expect(got.contains("Connection: close\r\n"))
        let (phase, actions) = (wire.phase, wire.actions)
        #expect(phase == .lingering)
        #expect(actions == [.linger])
        wire.client("more and more")
        wire.clientEnds()
        let after = wire.actions
        #expect(after == [.linger, .close])
    }

    @Test("Answers a refused head with the handler's words, then closes", arguments: refusedRequests)
    func refusal(_ test: RequestCase) throws {
        var configuration = EngineConfiguration()
        configuration.maxHeadBytes = 1024
        configuration.maxRequestLineBytes = 256
        configuration.maxFields = 16
        var wire = try ExchangeHarness(configuration: configuration)
        wire.client(test.text)
        let got = wire.takeClientOutput()
        let failure = test.failure ?? .aborted
        #expect(wire.handler.failures == [failure])
        #expect(got.hasPrefix("HTTP/1.1 \(RecordingHandler.status(failure)) "))
        #expect(got.contains("Connection: close\r\n"))
        #expect(wire.handler.begun.isEmpty)
        #expect(wire.handler.ended.count == 1)
        #expect(wire.phase == .lingering)
    }

    @Test("HEAD, 204 and 304 have no content, and their lengths are passed on where they may be")
    func noContent() throws {
        var wire = try ExchangeHarness()
        let cases = [
            ("HEAD", "200 OK\r\nContent-Length: 50", "200 OK\r\nContent-Length: 50\r\n\r\n"),
            ("GET", "204 No Content\r\nA: b", "204 No Content\r\nA: b\r\n\r\n"),
            ("GET", "304 Not Modified\r\nContent-Length: 50", "304 Not Modified\r\nContent-Length: 50\r\n\r\n"),
            ("HEAD", "200 OK\r\nTransfer-Encoding: chunked", "200 OK\r\n\r\n"),
        ]
        for (method, answer, expected) in cases {
            wire.client("\(method) / HTTP/1.1\r\nHost: h\r\n\r\n")
            _ = wire.takeUpstreamOutput()
            wire.upstream("HTTP/1.1 \(answer)\r\n\r\n")
            let got = wire.takeClientOutput()
            #expect(got == "HTTP/1.1 " + expected)
            let phase = wire.phase
            #expect(phase == .idle)
        }
        let actions = wire.actions
        #expect(actions.filter { $0 == .dropUpstream(reusable: true) }.count == 4)
    }

    @Test("Gives content that ends with the upstream's connection a framing of its own")
    func untilClose() throws {
        var wire = try ExchangeHarness()
        wire.client(get)
        _ = wire.takeUpstreamOutput()
        wire.upstream("HTTP/1.0 200 OK\r\n\r\nhello")
        wire.upstreamEnds()
        let got = wire.takeClientOutput()
        #expect(got == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
        let (phase, actions) = (wire.phase, wire.actions)
        #expect(phase == .idle)
        #expect(actions.last == .dropUpstream(reusable: false))
    }

    @Test("Resets the client when a connection that would end the content breaks instead")
    func untilCloseBroken() throws {
        var wire = try ExchangeHarness()
        wire.client(get)
        _ = wire.takeUpstreamOutput()
        wire.upstream("HTTP/1.0 200 OK\r\n\r\nhello")
        wire.upstreamEnds(broken: true)
        let (actions, ending) = (wire.actions, wire.handler.ended.first?.1.ending)
        #expect(actions.last == .reset)
        #expect(ending == .upstreamDied)
    }

    @Test("Speaks HTTP/1.0 with those who do")
    func oldClients() throws {
        var wire = try ExchangeHarness()
        wire.client("GET / HTTP/1.0\r\n\r\n")
        _ = wire.takeUpstreamOutput()
        wire.upstream("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
        let got = wire.takeClientOutput()
        #expect(got == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok")
        let closed = wire.actions
        #expect(closed.last == .close)

        var kept = try ExchangeHarness()
        kept.client("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        _ = kept.takeUpstreamOutput()
        kept.upstream(ok)
        let answer = kept.takeClientOutput()
        #expect(answer == "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok")
        let phase = kept.phase
        #expect(phase == .idle)
    }

    @Test("Closes when the client asked for it")
    func closes() throws {
        var wire = try ExchangeHarness()
        wire.client("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        _ = wire.takeUpstreamOutput()
        wire.upstream(ok)
        let got = wire.takeClientOutput()
        #expect(got.contains("Connection: close\r\n"))
        let actions = wire.actions
        #expect(actions.last == .close)
    }

    @Test("Gives 100 (Continue) once the upstream is there, and only then")
    func expectation() throws {
        var wire = try ExchangeHarness()
        wire.connecting = .later
        wire.client("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        let early = wire.takeClientOutput()
        #expect(early == "")
        wire.open(reused: false)
        let go = wire.takeClientOutput()
        #expect(go == "HTTP/1.1 100 Continue\r\n\r\n")
        wire.client("hi")
        let sent = wire.takeUpstreamOutput()
        #expect(sent == "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")
    }

    @Test("Doesn't ask for content that it refuses to forward")
    func expectationRefused() throws {
        var wire = try ExchangeHarness()
        wire.connecting = .refused
        wire.client("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        let got = wire.takeClientOutput()
        #expect(got.hasPrefix("HTTP/1.1 502 "))
        #expect(got.contains("Connection: close\r\n"))
    }

    @Test("Passes interim responses on, but neither 100 nor 101, nor without end")
    func interim() throws {
        var wire = try ExchangeHarness()
        wire.client(get)
        _ = wire.takeUpstreamOutput()
        wire.upstream("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + ok)
        let got = wire.takeClientOutput()
        #expect(got == "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

        wire.client(get)
        _ = wire.takeUpstreamOutput()
        wire.upstream("HTTP/1.1 101 Switching Protocols\r\n\r\n")
        let switched = wire.takeClientOutput()
        #expect(switched.hasPrefix("HTTP/1.1 502 "))

        wire.client(get)
        _ = wire.takeUpstreamOutput()
        wire.upstream(String(repeating: "HTTP/1.1 102 Processing\r\n\r\n", count: 50))
        let endless = wire.takeClientOutput()
        #expect(endless.contains("HTTP/1.1 502 "))
    }

    @Test("Refuses content beyond the limit, by its declared length or by its octets")
    func bodyLimit() throws {
        for (framing, text) in [("Content-Length: 11", ""), ("Transfer-Encoding: chunked", "b\r\n01234567890\r\n")] {
            var wire = try ExchangeHarness()
            wire.handler.decide = { _, _ in
                .forward(Forwarding(upstream: UpstreamID(index: 0), maxBodyBytes: 10))
            }
            wire.client("POST / HTTP/1.1\r\nHost: h\r\n\(framing)\r\n\r\n\(text)")
            let got = wire.takeClientOutput()
            #expect(got.hasPrefix("HTTP/1.1 413 "))
            let connected = wire.isConnected
            #expect(!connected)
        }
    }

    @Test("Refuses bad chunks in the middle of a forwarded request and drops the upstream")
    func badChunk() throws {
        var wire = try ExchangeHarness()
        wire.client("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n")
        _ = wire.takeUpstreamOutput()
        wire.client("x\r\n")
        let got = wire.takeClientOutput()
        #expect(got.hasPrefix("HTTP/1.1 400 "))
        let actions = wire.actions
        #expect(actions.contains(.dropUpstream(reusable: false)))
    }

    @Test("Passes an early response on while the request is still coming, then closes")
    func earlyResponse() throws {
        var wire = try ExchangeHarness()
        wire.client("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nhello")
        _ = wire.takeUpstreamOutput()
        wire.upstream("HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno")
        let got = wire.takeClientOutput()
        #expect(got == "HTTP/1.1 413 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
        let (phase, actions) = (wire.phase, wire.actions)
        #expect(phase == .lingering)
        #expect(actions.contains(.dropUpstream(reusable: false)))
    }

    @Test("Reads the answer of an upstream that stopped reading the request")
    func upstreamStopsReading() throws {
        var wire = try ExchangeHarness()
        wire.client("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nhello")
        wire.exchange.upstreamStoppedReading(&wire.environment)
        wire.upstream("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno")
        let got = wire.takeClientOutput()
        #expect(got.hasPrefix("HTTP/1.1 403 No\r\n"))
    }

    @Test("Sends an idempotent request again when a pooled connection turns out dead, once")
    func retries() throws {
        var wire = try ExchangeHarness()
        wire.connecting = .pooled
        wire.client("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")
        let first = wire.takeUpstreamOutput()
        wire.upstreamEnds()
        let second = wire.takeUpstreamOutput()
        #expect(first == second)
        let fresh = wire.actions.contains(.openUpstream(UpstreamID(index: 0), fresh: true))
        #expect(fresh)
        wire.upstreamEnds()
        let got = wire.takeClientOutput()
        #expect(got.hasPrefix("HTTP/1.1 502 "))
        let attempts = wire.handler.ended.first?.1.attempts
        #expect(attempts == 2)
    }

    @Test("Doesn't send again what the upstream may have acted on")
    func doesNotRetry() throws {
        var wire = try ExchangeHarness()
        wire.connecting = .pooled
        wire.client("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")
        _ = wire.takeUpstreamOutput(1)
        wire.upstreamEnds()
        let got = wire.takeClientOutput()
        #expect(got.hasPrefix("HTTP/1.1 502 "))
    }

    @Test("Sends even a POST again when none of it was sent")
    func retriesUnsent() throws {
        var wire = try ExchangeHarness()
        wire.connecting = .pooled
        wire.client("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")
        wire.exchange.upstreamStoppedReading(&wire.environment)
        wire.upstreamEnds(broken: true)
        let sent = wire.takeUpstreamOutput()
        #expect(sent == "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")
    }

    @Test("Doesn't retry once anything of a response arrived, nor on a fresh connection")
    func doesNotRetryAfterResponse() throws {
        for (connecting, text) in [(ExchangeHarness.Connecting.pooled, "HTTP/1.1 2"), (.fresh, "")] {
            var wire = try ExchangeHarness()
            wire.connecting = connecting
            wire.client(get)
            _ = wire.takeUpstreamOutput()
            wire.upstream(text)
            wire.upstreamEnds()
            let got = wire.takeClientOutput()
            #expect(got.hasPrefix("HTTP/1.1 502 "))
        }
    }

    @Test(
        "Resets the client when the upstream dies after its head was passed on",
        arguments: [
            "Content-Length: 10\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX",
        ])
    func upstreamDies(_ text: String) throws {
        var wire = try ExchangeHarness()
        wire.client(get)
        _ = wire.takeUpstreamOutput()
        wire.upstream("HTTP/1.1 200 OK\r\n" + text)
        _ = wire.takeClientOutput()
        wire.upstreamEnds()
        let (actions, ended) = (wire.actions, wire.handler.ended)
        #expect(actions.last == .reset)
        #expect(ended.map(\.1.ending) == [.upstreamDied])
        #expect(wire.handler.failures.isEmpty)
    }

    @Test("Answers 502 to a malformed response head")
    func brokenHead() throws {
        var wire = try ExchangeHarness()
        wire.client(get)
        _ = wire.takeUpstreamOutput()
        wire.upstream("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n")
        let got = wire.takeClientOutput()
        #expect(got.hasPrefix("HTTP/1.1 502 "))
    }

    @Test("Ends everything when the client goes away, wherever it stands")
    func clientGoes() throws {
        for stage in 0..<5 {
            var wire = try ExchangeHarness()
            if stage == 1 { wire.connecting = .later }
            if stage >= 1 { wire.client("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n") }
            if stage >= 3 { wire.client("0123456789") }
            _ = wire.takeUpstreamOutput()
            if stage >= 4 { wire.upstream("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf") }
            wire.clientDies()
            let (actions, connected, ended) = (wire.actions, wire.isConnected, wire.handler.ended.count)
            #expect(actions.last == .reset)
            #expect(!connected)
            #expect(ended == (stage == 0 ? 0 : 1))
        }
    }

    @Test("Answers a client that shut down its writing side after its request")
    func halfClosed() throws {
        var wire = try ExchangeHarness()
        wire.client(get)
        wire.clientEnds()
        _ = wire.takeUpstreamOutput()
        wire.upstream(ok)
        let got = wire.takeClientOutput()
        #expect(got.hasSuffix("\r\n\r\nok"))
        let actions = wire.actions
        #expect(actions.last == .close)
    }

    @Test("Drops an upstream whose request will never be complete")
    func clientEndsMidBody() throws {
        var wire = try ExchangeHarness()
        wire.client("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello")
        _ = wire.takeUpstreamOutput()
        wire.clientEnds()
        let (actions, ending) = (wire.actions, wire.handler.ended.first?.1.ending)
        #expect(actions.suffix(2) == [.dropUpstream(reusable: false), .reset])
        #expect(ending == .clientGone)
    }

    @Test("Finishes an answer that came early for a client that gave up sending")
    func earlyResponseToHalfClosed() throws {
        var wire = try ExchangeHarness()
        wire.client("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nhello")
        _ = wire.takeUpstreamOutput()
        wire.upstream("HTTP/1.1 413 No\r\nContent-Length: 4\r\n\r\nno")
        wire.clientEnds()
        wire.upstream("no")
        let got = wire.takeClientOutput()
        #expect(got.hasSuffix("\r\n\r\nnono"))
        let (actions, ending) = (wire.actions, wire.handler.ended.first?.1.ending)
        #expect(actions.last == .close)
        #expect(ending == .completed)
    }

    @Test("Finishes content that is complete but held by a filter when the upstream breaks")
    func brokenAfterContent() throws {
        var wire = try ExchangeHarness()
        wire.handler.decideResponse = { _ in .forward(filters: [PausingFilter()]) }
        wire.client(get)
        _ = wire.takeUpstreamOutput()
        wire.upstream(ok)
        wire.upstreamEnds(broken: true)
        wire.exchange.wake(wire.exchange.id)
        wire.run()
        let got = wire.takeClientOutput()
        #expect(got.hasSuffix("\r\n\r\n2\r\nok\r\n0\r\n\r\n"))
        let ending = wire.handler.ended.first?.1.ending
        #expect(ending == .completed)
    }

    @Test("Skips an empty line before a request, cut in two or not")
    func emptyLine() throws {
        for pieces in [["\r\n" + get], ["\r", "\n" + get], ["\r\n\r", "\n", get]] {
            var wire = try ExchangeHarness()
            for piece in pieces { wire.client(piece) }
            let sent = wire.takeUpstreamOutput()
            #expect(sent.hasPrefix("GET /a "))
        }
    }

    @Test("Doesn't keep an upstream connection with octets left on it, one that said close, or one that frames a 204")
    func notReusable() throws {
        for answer in [
            ok + "x", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
            "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
        ] {
            var wire = try ExchangeHarness()
            wire.client(get)
            _ = wire.takeUpstreamOutput()
            wire.upstream(answer)
            _ = wire.takeClientOutput()
            let actions = wire.actions
            #expect(actions.last == .dropUpstream(reusable: false))
        }
    }

    @Test("Replaces or resets a response when the handler says so")
    func responseDecisions() throws {
        var wire = try ExchangeHarness()
        wire.handler.decideResponse = { head in
            head.status == 500 ? .replace(ImmediateResponse(status: 503)) : .reset
        }
        wire.client(get)
        _ = wire.takeUpstreamOutput()
        wire.upstream("HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\nno")
        let got = wire.takeClientOutput()
        #expect(got.hasPrefix("HTTP/1.1 503 "))
        wire.client(get)
        _ = wire.takeUpstreamOutput()
        wire.upstream(ok)
        let actions = wire.actions
        #expect(actions.last == .reset)
    }

    @Test("Says close on responses while it drains, and closes idle connections")
    func draining() throws {
        var wire = try ExchangeHarness()
        wire.client(get)
        wire.environment.isDraining = true
        _ = wire.takeUpstreamOutput()
        wire.upstream(ok)
        let got = wire.takeClientOutput()
        #expect(got.contains("Connection: close\r\n"))
        let actions = wire.actions
        #expect(actions.last == .close)
        var idle = try ExchangeHarness()
        idle.environment.isDraining = true
        idle.run()
        let closed = idle.actions
        #expect(closed == [.close])
    }
}
