import Testing

@testable import HTTPEngine

private let get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"

@Suite struct ExchangeParkingTests {
    /// A wire whose first decision parks.
    private func parked(_ configuration: EngineConfiguration = EngineConfiguration()) throws -> ExchangeHarness {
        let wire = try ExchangeHarness(configuration: configuration)
        let handler = wire.handler
        handler.decide = { [unowned handler] _, _ in
            guard handler.resumedWith.isEmpty else { return .forward(Forwarding(upstream: UpstreamID(index: 0))) }
            return .park(deadline: .seconds(1)) { $0.resume("done") }
        }
        return wire
    }

    @Test("Goes on with the request when its work is done, and reads nothing meanwhile")
    func resumes() throws {
        var wire = try parked()
        wire.client(get)
        let (phase, wants, count) = (wire.phase, wire.exchange.wantsClientInput, wire.environment.parked)
        #expect(phase == .parked)
        #expect(!wants)
        #expect(count == 1)
        let messages = wire.environment.context.mailbox.take()
        guard case .resume(let id, let parking, let result)? = messages.first else {
            Issue.record("no message")
            return
        }
        wire.exchange.resume(id, parking: parking, result: result, &wire.environment)
        wire.run()
        let sent = wire.takeUpstreamOutput()
        #expect(sent == "GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
        let after = wire.environment.parked
        #expect(after == 0)
    }

    @Test("Drops results for another generation, another parking, or an exchange that ended")
    func deadGenerations() throws {
        var wire = try parked()
        wire.client(get)
        let id = wire.exchange.id
        let other = ExchangeID(index: id.index, generation: id.generation &+ 1)
        wire.exchange.resume(other, parking: 1, result: 1, &wire.environment)
        wire.exchange.resume(id, parking: 2, result: 1, &wire.environment)
        let phase = wire.phase
        #expect(phase == .parked)
        wire.pass(.seconds(2))
        wire.exchange.resume(id, parking: 1, result: 1, &wire.environment)
        let got = wire.takeClientOutput()
        #expect(got.hasPrefix("HTTP/1.1 503 "))
        #expect(wire.handler.failures == [.parkedTooLong])
        #expect(wire.handler.resumedWith.isEmpty)
        let count = wire.environment.parked
        #expect(count == 0)
    }

    @Test("Keeps a dead connection's result from the next connection at its index")
    func laterConnections() throws {
        var wire = try parked()
        wire.client(get)
        let dead = wire.exchange.id
        let messages = wire.environment.context.mailbox.take()
        wire.clientDies()
        wire.exchange = Exchange(index: dead.index, peer: PeerAddress(), environment: wire.environment)
        wire.client(get)
        let (phase, id) = (wire.phase, wire.exchange.id)
        #expect(phase == .parked)
        #expect(id.index == dead.index)
        #expect(id.generation != dead.generation)
        guard case .resume(let exchange, let parking, let result)? = messages.first else {
            Issue.record("no message")
            return
        }
        wire.exchange.resume(exchange, parking: parking, result: result, &wire.environment)
        wire.run()
        let after = wire.phase
        #expect(after == .parked)
        #expect(wire.handler.resumedWith.isEmpty)
    }

    @Test("Numbers exchanges anew after the last number, which stays unused")
    func generationsWrap() throws {
        var wire = try parked()
        wire.environment.lastGeneration = .max - 1
        let (first, second) = (wire.environment.nextGeneration(), wire.environment.nextGeneration())
        #expect(first == 0)
        #expect(second == 1)
    }

    @Test("Refuses to park more than it may")
    func bounded() throws {
        var configuration = EngineConfiguration()
        configuration.maxParked = 0
        var wire = try parked(configuration)
        wire.client(get)
        let got = wire.takeClientOutput()
        #expect(got.hasPrefix("HTTP/1.1 503 "))
        #expect(wire.handler.failures == [.overloaded])
    }

    @Test("Forgets a parked exchange whose client went away")
    func clientGoes() throws {
        var wire = try parked()
        wire.client(get)
        wire.clientDies()
        let (count, phase) = (wire.environment.parked, wire.phase)
        #expect(count == 0)
        #expect(phase == .closed)
    }

    @Test("Aborts a parked exchange with an answer, and one whose response has begun with a reset")
    func sweep() throws {
        var wire = try parked()
        wire.client(get)
        wire.exchange.abort(&wire.environment)
        wire.run()
        let got = wire.takeClientOutput()
        #expect(got.hasPrefix("HTTP/1.1 401 "))
        let count = wire.environment.parked
        #expect(count == 0)

        var flowing = try ExchangeHarness()
        flowing.client(get)
        _ = flowing.takeUpstreamOutput()
        flowing.upstream("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        flowing.exchange.abort(&flowing.environment)
        flowing.run()
        let (actions, ending) = (flowing.actions, flowing.handler.ended.first?.1.ending)
        #expect(actions.suffix(2) == [.dropUpstream(reusable: false), .reset])
        #expect(ending == .aborted)
    }
}
