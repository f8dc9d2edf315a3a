import Glibc
import Synchronization
import Testing

@testable import HTTPEngine

private let get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
private let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

/// Answers every request on a connection with `ok`.
private func polite(_ socket: TestSocket) {
    while !socket.receiveMessage().isEmpty, socket.send(ok) {}
}

@Suite(.serialized, .timeLimit(.minutes(2))) struct EngineTests {
    @Test("Serves many requests over one connection on each side")
    func keepAlive() async throws {
        let upstream = TestUpstream(polite)
        let engine = try TestEngine(upstream)
        let client = engine.client()
        for _ in 0..<5 {
            client.send(get)
            #expect(client.receiveMessage() == ok)
        }
        #expect(upstream.connections == 1)
        await engine.engine.stop()
        #expect(engine.log.seen.withLock { $0.reused } == 4)
    }

    @Test("Answers pipelined requests in order, and one cut into single octets")
    func pipelined() async throws {
        let upstream = TestUpstream { socket in
            while true {
                let message = socket.receiveMessage()
                guard let path = message.split(separator: " ").dropFirst().first else { return }
                socket.send("HTTP/1.1 200 OK\r\nContent-Length: \(path.utf8.count)\r\n\r\n\(path)")
            }
        }
        let engine = try TestEngine(upstream)
        let client = engine.client()
        client.send((0..<20).map { "GET /\($0) HTTP/1.1\r\nHost: h\r\n\r\n" }.joined())
        for number in 0..<20 { #expect(client.receiveMessage().hasSuffix("\r\n\r\n/\(number)")) }
        for octet in Array("POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc".utf8) {
            client.send([octet])
        }
        #expect(client.receiveMessage().hasSuffix("/slow"))
        await engine.engine.stop()
    }

    @Test("Streams large content both ways at once, chunked and by length", arguments: [true, false])
    func streams(_ isChunked: Bool) async throws {
        let total = 24 << 20
        let block = makeBody(1 << 16)
        let upstream = TestUpstream { socket in
            let head = socket.receive(until: "\r\n\r\n").lowercased()
            guard head.contains(isChunked ? "transfer-encoding: chunked" : "content-length: \(total)") else { return }
            socket.send(
                "HTTP/1.1 200 OK\r\n\(isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(total)")\r\n\r\n")
            // The request's coded content is a response's coded content: send it back as it comes.
            while let piece = socket.receive(), !piece.isEmpty, socket.send(piece) {}
        }
        let engine = try TestEngine(upstream)
        let client = engine.client()
        client.send(
            "POST / HTTP/1.1\r\nHost: h\r\n\(isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(total)")\r\n\r\n"
        )
        _ = LoopThread.start {
            for _ in 0..<total / block.count {
                if isChunked { client.send(String(block.count, radix: 16) + "\r\n") }
                client.send(block)
                if isChunked { client.send("\r\n") }
            }
            if isChunked { client.send("0\r\n\r\n") }
        }
        #expect(client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200 OK\r\n"))
        var decoder = BodyDecoder(isChunked ? .chunked : .length(Int64(total)))
        var held: [UInt8] = []
        var position = 0
        var matches = true
        reading: while let piece = client.receive(), !piece.isEmpty {
            held += piece
            while true {
                switch decoder.step(held.span) {
                case .needsInput(let consumed):
                    held.removeFirst(consumed)
                    continue reading
                case .data(let skip, let count):
                    let offset = position % block.count
                    let taken = min(count, block.count - offset)
                    matches = matches && held[skip..<skip + taken] == block[offset..<offset + taken]
                    position += taken
                    decoder.took(taken)
                    held.removeFirst(skip + taken)
                case .end: break reading
                case .failed(let reason):
                    Issue.record("\(reason)")
                    break reading
                }
                if !isChunked, position == total { break reading }
            }
        }
        #expect(position == total)
        #expect(matches)
        await engine.engine.stop()
    }

    @Test("Doesn't take from an upstream what the client doesn't read")
    func backPressure() async throws {
        let sent = Mutex(0)
        let upstream = TestUpstream { socket in
            _ = socket.receive(until: "\r\n\r\n")
            let total = 256 << 20
            let block = makeBody(1 << 16)
            socket.send("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            for _ in 0..<total / block.count {
                guard socket.send(block) else { return }
                sent.withLock { $0 += block.count }
            }
        }
        let engine = try TestEngine(upstream)
        let client = engine.client(receiveBuffer: 65_536)
        client.send(get)
        _ = client.receive(100)
        var last = -1
        while sent.withLock({ $0 }) != last {
            last = sent.withLock { $0 }
            try await Task.sleep(for: .milliseconds(300))
        }
        // What the kernel's buffers on two connections take, and no more.
        #expect(last < 64 << 20)
        client.reset()
        await engine.engine.stop()
    }

    @Test("Answers when the upstream can't be reached, hangs, or speaks nonsense")
    func upstreamTrouble() async throws {
        let (dead, deadPort) = TestSocket.listener(blocking: true)
        close(dead)
        let unreachable = try TestEngine(upstream: UpstreamAddress(host: "127.0.0.1", port: deadPort))
        let first = unreachable.client()
        first.send(get)
        #expect(first.receiveMessage().hasPrefix("HTTP/1.1 502 "))
        await unreachable.engine.stop()

        let hanging = TestUpstream { socket in _ = socket.receiveAll() }
        let slow = try TestEngine(hanging, timeouts: ExchangeTimeouts(response: .milliseconds(200)))
        let second = slow.client()
        second.send(get)
        #expect(second.receiveMessage().hasPrefix("HTTP/1.1 504 "))
        await slow.engine.stop()

        let babbling = TestUpstream { socket in
            _ = socket.receiveMessage()
            socket.send("HELLO\r\n\r\n")
        }
        let broken = try TestEngine(babbling)
        let third = broken.client()
        third.send(get)
        #expect(third.receiveMessage().hasPrefix("HTTP/1.1 502 "))
        await broken.engine.stop()
    }

    @Test("Closes clients that are slow with a head, and idle ones")
    func slowClients() async throws {
        let upstream = TestUpstream(polite)
        let engine = try TestEngine(upstream) { configuration in
            configuration.headTimeout = .milliseconds(200)
            configuration.keepAliveTimeout = .milliseconds(300)
            configuration.lingerTimeout = .milliseconds(100)
        }
        let slow = engine.client()
        slow.send("GET / HTTP/1.1\r\n")
        #expect(slow.receiveMessage().hasPrefix("HTTP/1.1 408 "))
        let idle = engine.client()
        idle.send(get)
        #expect(idle.receiveMessage() == ok)
        #expect(idle.receive() == [])
        let silent = engine.client()
        #expect(silent.receive() == [])
        await engine.engine.stop()
    }

    @Test("Parks, resumes once, and gives up at the deadline")
    func parks() async throws {
        let upstream = TestUpstream(polite)
        let engine = try TestEngine(upstream)
        let client = engine.client()
        for _ in 0..<3 {
            client.send("POST /park HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")
            #expect(client.receiveMessage() == ok)
        }
        client.send("GET /park-for-ever HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(client.receiveMessage().hasPrefix("HTTP/1.1 503 "))
        await engine.engine.stop()
        #expect(engine.log.seen.withLock { $0.failures } == [.parkedTooLong])
    }

    @Test("Waits for filters that sleep, in both directions")
    func filters() async throws {
        let body = makeBody(20_000).map { $0 & 0x7F }
        let upstream = TestUpstream { socket in
            let head = socket.receive(until: "\r\n\r\n")
            guard head.contains("Transfer-Encoding: chunked") else { return }
            socket.send("HTTP/1.1 200 OK\r\nX-Nap: 1\r\nTransfer-Encoding: chunked\r\n\r\n")
            while let piece = socket.receive(), !piece.isEmpty, socket.send(piece) {
                if piece.suffix(5) == Array("0\r\n\r\n".utf8)[...] { return }
            }
        }
        let engine = try TestEngine(upstream)
        let client = engine.client()
        client.send("POST /nap HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: \(body.count)\r\n\r\n")
        client.send(body)
        let head = client.receive(until: "\r\n\r\n")
        #expect(head.contains("Transfer-Encoding: chunked\r\n"))
        var rest = client.receiveAll() ?? []
        var decoder = ChunkedDecoder()
        var got: [UInt8] = []
        while case .data(let skip, let count) = decoder.step(rest.span) {
            got += rest[skip..<skip + count]
            rest.removeFirst(skip + count)
            decoder.took(count)
        }
        #expect(got == body)
        await engine.engine.stop()
    }

    @Test("Asks for content that waits for 100 (Continue)")
    func expectation() async throws {
        let upstream = TestUpstream(polite)
        let engine = try TestEngine(upstream)
        let client = engine.client()
        client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        #expect(client.receive(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
        client.send("abc")
        #expect(client.receiveMessage() == ok)
        await engine.engine.stop()
    }

    @Test("Finds a new connection when the pooled one died")
    func stalePool() async throws {
        let upstream = TestUpstream { socket in
            _ = socket.receiveMessage()
            socket.send(ok)
            // Reads the next request and dies over it.
            _ = socket.receive(1)
            socket.reset()
        }
        let engine = try TestEngine(upstream)
        let client = engine.client()
        for _ in 0..<4 {
            client.send(get)
            #expect(client.receiveMessage() == ok)
        }
        #expect(upstream.connections == 4)
        await engine.engine.stop()
    }

    @Test("Gives no request an answer that was sent before it was asked for, nor one that has ended")
    func surplusAnswer() async throws {
        for surplus in ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong", ""] {
            let upstream = TestUpstream { socket in
                let request = socket.receiveMessage()
                socket.send(ok)
                guard request.hasPrefix("GET") else { return }
                usleep(50_000)
                if surplus.isEmpty { return }
                socket.send(surplus)
                _ = socket.receiveMessage()
            }
            let engine = try TestEngine(upstream)
            let client = engine.client()
            client.send(get)
            #expect(client.receiveMessage() == ok)
            // While the loop is at this one, first the next request arrives and then the surplus: the request comes first
            // in the loop's next round.
            let other = engine.client()
            other.send("GET /block HTTP/1.1\r\nHost: h\r\n\r\n")
            usleep(10_000)
            // It can't be sent twice: on the ended connection it would fail.
            client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
            #expect(client.receiveMessage() == ok)
            #expect(upstream.connections == 2)
            await engine.engine.stop()
        }
    }

    @Test("Never ends a cut response cleanly, and drops an upstream whose client died")
    func deaths() async throws {
        let upstreamSaw = Mutex<[UInt8]?>(nil)
        let upstream = TestUpstream { socket in
            let head = socket.receive(until: "\r\n\r\n")
            if head.hasPrefix("POST") {
                let rest = socket.receiveAll() ?? []
                upstreamSaw.withLock { $0 = rest }
            } else {
                socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
                usleep(50_000)
            }
        }
        let engine = try TestEngine(upstream)
        let reader = engine.client()
        reader.send(get)
        #expect(reader.receive(until: "hello\r\n").hasSuffix("hello\r\n"))
        #expect(reader.receive() == nil)

        let writer = engine.client()
        writer.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf")
        try await Task.sleep(for: .milliseconds(50))
        writer.reset()
        try await engine.log.wait(for: 2)
        #expect(engine.log.seen.withLock { $0.endings } == [.upstreamDied, .clientGone])
        for _ in 0..<500 where upstreamSaw.withLock({ $0 }) == nil { try await Task.sleep(for: .milliseconds(5)) }
        #expect(upstreamSaw.withLock { $0 }?.text == "half")
        await engine.engine.stop()
    }

    @Test("Answers a client that closed its writing side")
    func halfClosed() async throws {
        let upstream = TestUpstream { socket in
            _ = socket.receiveMessage()
            usleep(30_000)
            socket.send(ok)
        }
        let engine = try TestEngine(upstream)
        let client = engine.client()
        client.send(get)
        client.finishWriting()
        #expect(client.receiveAll()?.text == ok)
        await engine.engine.stop()
    }

    @Test("Sweeps away what the handler no longer wants, begun responses by a reset")
    func sweeps() async throws {
        let upstream = TestUpstream { socket in
            let head = socket.receive(until: "\r\n\r\n")
            if head.hasPrefix("GET /stream") { socket.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf") }
            _ = socket.receiveAll()
        }
        let engine = try TestEngine(upstream)
        let stream = engine.client()
        stream.send("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(stream.receive(until: "half").hasSuffix("half"))
        let waiting = engine.client()
        waiting.send(get)
        try await Task.sleep(for: .milliseconds(50))
        engine.engine.requestSweep()
        try await Task.sleep(for: .milliseconds(50))
        #expect(engine.log.seen.withLock { $0.endings }.isEmpty)
        engine.log.aborts.store(true, ordering: .relaxed)
        engine.engine.requestSweep()
        #expect(waiting.receiveMessage().hasPrefix("HTTP/1.1 401 "))
        #expect(stream.receive() == nil)
        await engine.engine.stop()
    }

    @Test("Drains: finishes what is under way, closes what is idle, takes nothing new")
    func drains() async throws {
        let upstream = TestUpstream { socket in
            _ = socket.receiveMessage()
            usleep(150_000)
            socket.send(ok)
            _ = socket.receiveAll()
        }
        let engine = try TestEngine(upstream)
        let idle = engine.client()
        let busy = engine.client()
        busy.send(get)
        try await Task.sleep(for: .milliseconds(50))
        let start = LoopTime.current.nanoseconds
        await engine.engine.drain(deadline: .seconds(5))
        let took = LoopTime.current.nanoseconds - start
        #expect(took < 4_000_000_000)
        #expect(idle.receive() == [])
        let got = busy.receiveMessage()
        #expect(got.contains("Connection: close\r\n") && got.hasSuffix("ok"))
        #expect(engine.engine.openConnections == 0)
    }

    @Test("Resets what isn't finished when a drain's time is up")
    func drainDeadline() async throws {
        let upstream = TestUpstream { socket in _ = socket.receiveAll() }
        let engine = try TestEngine(upstream)
        let client = engine.client()
        client.send(get)
        try await Task.sleep(for: .milliseconds(50))
        await engine.engine.drain(deadline: .milliseconds(200))
        #expect(client.receive() == nil)
        #expect(engine.log.seen.withLock { $0.endings } == [.aborted])
    }

    @Test("Serves no more connections at once than it may, and the next when one ends")
    func connectionCap() async throws {
        let upstream = TestUpstream(polite)
        let engine = try TestEngine(upstream) { $0.maxConnections = 2 }
        let first = engine.client()
        let second = engine.client()
        for client in [first, second] {
            client.send(get)
            #expect(client.receiveMessage() == ok)
        }
        let third = engine.client()
        third.send(get)
        try await Task.sleep(for: .milliseconds(100))
        #expect(engine.engine.openConnections == 2)
        first.close()
        #expect(third.receiveMessage() == ok)
        await engine.engine.stop()
    }

    @Test("Looks names up off the loop")
    func names() async throws {
        let upstream = TestUpstream(polite)
        let engine = try TestEngine(upstream: UpstreamAddress(host: "localhost", port: upstream.port))
        let client = engine.client()
        client.send(get)
        #expect(client.receiveMessage() == ok)
        await engine.engine.stop()

        let unknown = try TestEngine(upstream: UpstreamAddress(host: "no-such-host.invalid", port: 80))
        let other = unknown.client()
        other.send(get)
        #expect(other.receiveMessage().contains(" 50"))
        await unknown.engine.stop()
    }

    @Test("Answers by itself, to HEAD without content")
    func immediate() async throws {
        let upstream = TestUpstream(polite)
        let engine = try TestEngine(upstream)
        let client = engine.client()
        client.send("HEAD /teapot HTTP/1.1\r\nHost: h\r\n\r\nGET /teapot HTTP/1.1\r\nHost: h\r\n\r\n")
        let head = client.receive(until: "\r\n\r\n")
        #expect(head.hasPrefix("HTTP/1.1 418 \r\n") && head.contains("Content-Length: 5\r\n"))
        #expect(client.receiveMessage().hasSuffix("\r\n\r\nshort"))
        #expect(upstream.connections == 0)
        await engine.engine.stop()
    }
}
