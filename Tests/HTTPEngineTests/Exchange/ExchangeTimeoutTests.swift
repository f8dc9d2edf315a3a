import Testing

@testable import HTTPEngine

private let get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"

@Suite struct ExchangeTimeoutTests {
    @Test("Closes a connection that sends nothing, without a word")
    func silent() throws {
        var wire = try ExchangeHarness()
        wire.run()
        wire.pass(.seconds(14))
        let early = wire.actions
        #expect(early.isEmpty)
        wire.pass(.seconds(2))
        let (actions, ended) = (wire.actions, wire.handler.ended.count)
        #expect(actions == [.close])
        #expect(ended == 0)
    }

    @Test("Gives a head one deadline however slowly its octets come")
    func slowloris() throws {
        var wire = try ExchangeHarness()
        for octet in bytes("GET / HTTP/1.1\r\nHost: h\r\n") {
            wire.client([octet])
            wire.pass(.milliseconds(700))
        }
        let got = wire.takeClientOutput()
        #expect(got.hasPrefix("HTTP/1.1 408 "))
        #expect(wire.handler.failures == [.requestTimeout])
    }

    @Test("Closes an idle connection after the keep-alive time")
    func keepAlive() throws {
        var wire = try ExchangeHarness()
        wire.handler.decide = { _, _ in .respond(ImmediateResponse(status: 204)) }
        wire.client(get)
        _ = wire.takeClientOutput()
        wire.pass(.seconds(70))
        let early = wire.actions
        #expect(early.isEmpty)
        wire.pass(.seconds(6))
        let actions = wire.actions
        #expect(actions == [.close])
    }

    @Test("Answers 504 when connecting takes too long")
    func connecting() throws {
        var wire = try ExchangeHarness()
        wire.connecting = .later
        wire.client(get)
        wire.pass(.seconds(6))
        let got = wire.takeClientOutput()
        #expect(got.hasPrefix("HTTP/1.1 504 "))
        let actions = wire.actions
        #expect(actions.last == .dropUpstream(reusable: false))
    }

    @Test("Answers 504 when the response head takes too long, even octet by octet")
    func response() throws {
        var wire = try ExchangeHarness()
        wire.client(get)
        _ = wire.takeUpstreamOutput()
        wire.upstream("HTTP/1.1 200 ")
        wire.pass(.seconds(40))
        wire.upstream("OK\r\n")
        wire.pass(.seconds(25))
        let got = wire.takeClientOutput()
        #expect(got.hasPrefix("HTTP/1.1 504 "))
    }

    @Test("Answers 408 when the client stops in the middle of its content")
    func slowBody() throws {
        var wire = try ExchangeHarness()
        wire.client("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhe")
        _ = wire.takeUpstreamOutput()
        wire.pass(.seconds(61))
        let got = wire.takeClientOutput()
        #expect(got.hasPrefix("HTTP/1.1 408 "))
    }

    @Test("Answers 504 when the upstream stops taking the request")
    func stuckUpstream() throws {
        var wire = try ExchangeHarness()
        wire.client("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhe")
        wire.pass(.seconds(61))
        let got = wire.takeClientOutput()
        #expect(got.hasPrefix("HTTP/1.1 504 "))
    }

    @Test("Resets a response that stops in the middle, and not one that goes on slowly")
    func slowResponse() throws {
        var wire = try ExchangeHarness()
        wire.client(get)
        _ = wire.takeUpstreamOutput()
        wire.upstream("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        for _ in 0..<5 {
            wire.pass(.seconds(50))
            wire.upstream("x")
            _ = wire.takeClientOutput()
        }
        let early = wire.handler.ended.count
        #expect(early == 0)
        wire.pass(.seconds(61))
        let (actions, ending) = (wire.actions, wire.handler.ended.first?.1.ending)
        #expect(actions.last == .reset)
        #expect(ending == .timedOut)
    }

    @Test("Resets a client that doesn't read its response")
    func stuckClient() throws {
        var wire = try ExchangeHarness()
        wire.client(get)
        _ = wire.takeUpstreamOutput()
        wire.upstream("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        wire.pass(.seconds(61))
        let (actions, ending) = (wire.actions, wire.handler.ended.first?.1.ending)
        #expect(actions.last == .reset)
        #expect(ending == .timedOut)
    }

    @Test("Lingers while the client goes on sending, up to a bound in time and one in octets")
    func lingersOnUpload() throws {
        let upload = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe"
        var configuration = EngineConfiguration()
        configuration.maxLingerBytes = 1 << 20
        for (seconds, octets, isLong) in [(15, 1000, false), (35, 1000, true), (5, 400_000, true)] {
            var wire = try ExchangeHarness(configuration: configuration)
            wire.handler.decide = { _, _ in .respond(ImmediateResponse(status: 413)) }
            wire.client(upload)
            _ = wire.takeClientOutput()
            for _ in 0..<seconds where wire.phase != .closed {
                wire.pass(.seconds(1))
                wire.client(makeBody(octets))
            }
            let phase = wire.phase
            #expect(phase == (isLong ? .closed : .lingering))
        }
    }

    @Test("Doesn't take the end of both directions while it lingers for a broken connection")
    func lingersToTheEnd() throws {
        var wire = try ExchangeHarness()
        wire.client("bad\r\n\r\n")
        _ = wire.takeClientOutput()
        wire.exchange.clientHungUp(&wire.environment)
        wire.run()
        wire.clientEnds()
        let actions = wire.actions
        #expect(actions == [.linger, .close])
        var busy = try ExchangeHarness()
        busy.client(get)
        busy.exchange.clientHungUp(&busy.environment)
        busy.run()
        let cut = busy.actions
        #expect(cut.last == .reset)
    }

    @Test("Lingers for a bounded time")
    func lingers() throws {
        var wire = try ExchangeHarness()
        wire.client("bad\r\n\r\n")
        _ = wire.takeClientOutput()
        wire.pass(.seconds(3))
        let actions = wire.actions
        #expect(actions == [.linger, .close])
    }
}
