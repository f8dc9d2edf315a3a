import Glibc
import Synchronization
import Testing

@testable import HTTPEngine

private let get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
private let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
private let last = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"

private func local(_ port: UInt16) -> [SocketAddress] {
    SocketAddress.resolve(UpstreamAddress(host: "127.0.0.1", port: port), numericOnly: true)
}

private func closedPort() -> UInt16 {
    let (descriptor, port) = TestSocket.listener(blocking: true)
    close(descriptor)
    return port
}

/// Connecting to upstreams: what arrives with the connection, several addresses, too few descriptors.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ConnectTests {
    private let name = UpstreamAddress(host: "upstream.invalid", port: 80)

    private func polite(_ answer: String) -> TestUpstream {
        TestUpstream { socket in while !socket.receiveMessage().isEmpty, socket.send(answer) {} }
    }

    @Test("Reads an answer that was reported together with the connection")
    func answerWithConnection() async throws {
        let upstream = TestUpstream { socket in
            socket.send("HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno")
            _ = socket.receiveAll()
        }
        let engine = try TestEngine(upstream, timeouts: ExchangeTimeouts(response: .seconds(1)))
        let (first, victim, second) = (engine.client(), engine.client(), engine.client())
        let block = "GET /block HTTP/1.1\r\nHost: h\r\n\r\n"
        usleep(20_000)
        // The loop sleeps over the first; then it connects and sleeps again, so that both reports come as one.
        first.send(block)
        usleep(20_000)
        victim.send(get)
        usleep(20_000)
        second.send(block)
        #expect(victim.receiveMessage().hasPrefix("HTTP/1.1 503 "))
        await engine.engine.stop()
    }

    @Test("Tries the next address within the time to connect, and begins with the one that answered")
    func blackholedAddress() async throws {
        let blackhole = Blackhole()
        let upstream = polite(last)
        let (holePort, goodPort) = (blackhole.port, upstream.port)
        let directory = UpstreamDirectory(timeToLive: .seconds(30), failureTimeToLive: .seconds(1)) { _ in
            local(holePort) + local(goodPort)
        }
        let engine = try TestEngine(
            upstream: name, timeouts: ExchangeTimeouts(connect: .milliseconds(1600)), directory: directory)
        let client = engine.client()
        let start = LoopTime.current.nanoseconds
        for _ in 0..<4 {
            client.send(get)
            #expect(client.receiveMessage() == ok)
        }
        #expect(upstream.connections == 4)
        // One share of 800 ms, where three of the four requests knew better.
        #expect(LoopTime.current.nanoseconds - start < 1_600_000_000)
        await engine.engine.stop()
        withExtendedLifetime(blackhole) {}
    }

    @Test("Answers 504 when no address answers in time, however many there are")
    func allBlackholed() async throws {
        let blackhole = Blackhole()
        let port = blackhole.port
        let directory = UpstreamDirectory(timeToLive: .seconds(30), failureTimeToLive: .seconds(1)) { _ in
            local(port) + local(port) + local(port)
        }
        let engine = try TestEngine(
            upstream: name, timeouts: ExchangeTimeouts(connect: .milliseconds(600)), directory: directory)
        let client = engine.client()
        let start = LoopTime.current.nanoseconds
        client.send(get)
        #expect(client.receiveMessage().hasPrefix("HTTP/1.1 504 "))
        #expect(LoopTime.current.nanoseconds - start < 2_000_000_000)
        await engine.engine.stop()
        withExtendedLifetime(blackhole) {}
    }

    @Test("Looks a name up again when none of its addresses answers")
    func movedUpstream() async throws {
        let upstream = polite(ok)
        let calls = Mutex(0)
        let (dead, good) = (closedPort(), upstream.port)
        let directory = UpstreamDirectory(timeToLive: .seconds(30), failureTimeToLive: .milliseconds(10)) { _ in
            let call = calls.withLock { calls in
                calls += 1
                return calls
            }
            return call == 1 ? local(dead) : local(good)
        }
        let engine = try TestEngine(upstream: name, directory: directory)
        let client = engine.client()
        client.send(get)
        #expect(client.receiveMessage().hasPrefix("HTTP/1.1 502 "))
        var answer = ""
        for _ in 0..<50 where answer != ok {
            usleep(20_000)
            client.send(get)
            answer = client.receiveMessage()
        }
        #expect(answer == ok)
        await engine.engine.stop()
    }

    @Test("Doesn't use a connection for ever, so that a name's new addresses are noticed")
    func age() async throws {
        let upstream = polite(ok)
        let engine = try TestEngine(upstream) { $0.maxPoolAge = .zero }
        let client = engine.client()
        for _ in 0..<3 {
            client.send(get)
            #expect(client.receiveMessage() == ok)
        }
        #expect(upstream.connections == 3)
        await engine.engine.stop()
    }

    @Test("Gives up an idle connection when another upstream needs its place")
    func idleGivesWay() async throws {
        let (one, two) = (polite(ok), polite(ok))
        let engine = try TestEngine(
            upstream: UpstreamAddress(host: "127.0.0.1", port: one.port),
            other: UpstreamAddress(host: "127.0.0.1", port: two.port)
        ) { $0.maxUpstreamConnections = 1 }
        let client = engine.client()
        for path in ["/a", "/other", "/a"] {
            client.send("GET \(path) HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(client.receiveMessage() == ok)
        }
        #expect(one.connections == 2 && two.connections == 1)
        await engine.engine.stop()
    }

    @Test("Asks the system for as many descriptors as it is configured for")
    func reservesDescriptors() async throws {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        getrlimit(resource, &limit)
        var before = limit
        limit.rlim_cur = 256
        setrlimit(resource, &limit)
        let engine = try TestEngine(polite(ok)) { $0.maxConnections = 500 }
        var after = rlimit()
        getrlimit(resource, &after)
        setrlimit(resource, &before)
        #expect(after.rlim_cur >= min(before.rlim_max, 500))
        #expect(after.rlim_max == before.rlim_max)
        await engine.engine.stop()
    }

    @Test("Says overloaded, not unreachable, without descriptors, and accepts again when there are some")
    func withoutDescriptors() async throws {
        let upstream = polite(ok)
        let engine = try TestEngine(upstream)
        let (client, blocker) = (engine.client(), engine.client())
        usleep(20_000)
        blocker.send("GET /block HTTP/1.1\r\nHost: h\r\n\r\n")
        usleep(20_000)
        // The kernel has it; the loop is busy and will find no descriptor for it.
        let late = engine.client()
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        var none = limit
        none.rlim_cur = 0
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &none)
        client.send(get)
        let refused = client.receiveMessage()
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        #expect(refused.hasPrefix("HTTP/1.1 503 "))
        late.send(get)
        #expect(late.receiveMessage() == ok)
        await engine.engine.stop()
    }
}
