import Testing

@testable import HTTPEngine

/// What one request of a walk looks like on the wire and must come back as.
private struct Script {
    var request: [UInt8]
    var requestBody: [UInt8]
    var response: [UInt8]
    var responseBody: [UInt8]

    init(number: Int, using generator: inout SeededGenerator) {
        requestBody = makeBody(Int.random(in: 0...9000, using: &generator), seed: number)
        responseBody = makeBody(Int.random(in: 0...9000, using: &generator), seed: number + 1)
        let sizes = [Int.random(in: 1...3000, using: &generator), Int.random(in: 1...50, using: &generator)]
        let head = "POST /\(number) HTTP/1.1\r\nHost: h\r\n"
        if Bool.random(using: &generator) {
            request = bytes(head + "Content-Length: \(requestBody.count)\r\n\r\n") + requestBody
        } else {
            request =
                bytes(head + "Transfer-Encoding: chunked\r\n\r\n")
                + chunked(requestBody, sizes: sizes, trailer: "X: y\r\n")
        }
        if Bool.random(using: &generator) {
            response = bytes("HTTP/1.1 200 OK\r\nContent-Length: \(responseBody.count)\r\n\r\n") + responseBody
        } else {
            response =
                bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                + chunked(responseBody, sizes: sizes)
        }
    }
}

/// Takes whole messages from a stream of octets; independent of the code under test.
private struct MessageReader {
    var octets: [UInt8] = []

    /// The next message's content once all of it is there.
    mutating func next() -> [UInt8]? {
        let mark = bytes("\r\n\r\n")
        guard let end = octets.indices.first(where: { octets[$0...].starts(with: mark) }) else { return nil }
        let head = octets[..<end].map { $0 }.text.lowercased()
        var position = end + 4
        if let length = head.components(after: "content-length: ").flatMap({ Int($0) }) {
            guard octets.count >= position + length else { return nil }
            let body = Array(octets[position..<position + length])
            octets.removeFirst(position + length)
            return body
        }
        guard head.contains("transfer-encoding: chunked") else {
            octets.removeFirst(position)
            return []
        }
        var body: [UInt8] = []
        while let line = octets[position...].firstIndex(of: 13) {
            guard let size = Int(Array(octets[position..<line]).text, radix: 16) else { return nil }
            guard octets.count >= line + 2 + size + 2 else { return nil }
            body += octets[line + 2..<line + 2 + size]
            position = line + 2 + size + 2
            if size == 0 {
                octets.removeFirst(position)
                return body
            }
        }
        return nil
    }
}

extension String {
    fileprivate func components(after key: String) -> String? {
        for line in split(separator: "\r\n") where line.hasPrefix(key) { return String(line.dropFirst(key.count)) }
        return nil
    }
}

@Suite struct ExchangeWalkTests {
    /// Octets in small and large steps in any order; what comes out must be what went in, in order.
    @Test("Keeps every octet and every order in whatever steps octets move", arguments: 0..<40)
    func walk(_ seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        var configuration = EngineConfiguration()
        configuration.maxHeadBytes = 512
        configuration.bufferBytes = 4096
        var wire = try ExchangeHarness(configuration: configuration)
        wire.connecting = Bool.random(using: &generator) ? .pooled : .fresh
        let scripts = (0..<5).map { Script(number: $0, using: &generator) }
        var fromClient = scripts.flatMap(\.request)[...]
        var fromUpstream: ArraySlice<UInt8> = []
        var toUpstream = MessageReader()
        var toClient = MessageReader()
        var answered = 0
        var received = 0
        for _ in 0..<200_000 where received < scripts.count {
            let step = [1, 7, 100, 5000].randomElement(using: &generator) ?? 1
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: fromClient = fromClient.dropFirst(wire.client(Array(fromClient.prefix(step))))
            case 1:
                let taken = wire.isConnected ? wire.exchange.upstreamOutput.drain(step) : []
                if !taken.isEmpty { wire.exchange.upstreamTook(wire.environment) }
                toUpstream.octets += taken
                wire.run()
                if let body = toUpstream.next() {
                    #expect(body == scripts[answered].requestBody)
                    fromUpstream += scripts[answered].response
                    answered += 1
                }
            case 2: fromUpstream = fromUpstream.dropFirst(wire.upstream(Array(fromUpstream.prefix(step))))
            default:
                let taken = wire.exchange.output.drain(step)
                if !taken.isEmpty { wire.exchange.clientTook(wire.environment) }
                toClient.octets += taken
                wire.run()
                if let body = toClient.next() {
                    #expect(body == scripts[received].responseBody)
                    received += 1
                }
            }
            let held = wire.exchange.output.count + wire.exchange.upstreamOutput.occupied
            #expect(held <= 4 * 4096)
        }
        #expect(received == scripts.count)
        #expect(wire.handler.ended.map(\.1.ending) == Array(repeating: .completed, count: scripts.count))
    }

    /// Every kind of event at any moment: nothing traps, and the handler's books balance.
    @Test("Ends each exchange exactly once whatever happens when", arguments: 0..<60)
    func chaos(_ seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed + 1000))
        for _ in 0..<20 {
            var wire = try ExchangeHarness()
            let handler = wire.handler
            handler.decide = { [unowned handler] _, _ in
                switch handler.begun.count % 5 {
                case 0: .respond(ImmediateResponse(status: 200, body: [1, 2, 3]))
                case 1 where handler.resumedWith.isEmpty: .park(deadline: .seconds(3)) { _ in }
                default: .forward(Forwarding(upstream: UpstreamID(index: 0), maxBodyBytes: 5000))
                }
            }
            if seed % 3 == 0 { handler.answer = { _ in nil } }
            for number in 0..<60 where wire.phase != .closed {
                let script = Script(number: number, using: &generator)
                switch Int.random(in: 0..<16, using: &generator) {
                case 0, 1, 2: wire.client(script.request)
                case 3: wire.client(Array(script.request.prefix(40)))
                case 4, 5: wire.upstream(script.response)
                case 6: wire.upstream(Array(script.response.prefix(60)))
                case 7, 8: _ = wire.takeUpstreamOutput()
                case 9, 10: _ = wire.takeClientOutput()
                case 11:
                    wire.connecting = [.pooled, .fresh, .refused, .later].randomElement(using: &generator) ?? .fresh
                case 12:
                    if wire.phase == .asked { wire.open(reused: Bool.random(using: &generator)) }
                    wire.run()
                case 13: wire.pass(.seconds(Int.random(in: 0...20, using: &generator)))
                case 14:
                    if wire.isConnected { wire.upstreamEnds(broken: Bool.random(using: &generator)) }
                    if Bool.random(using: &generator) { wire.clientEnds() }
                default:
                    wire.exchange.resume(
                        wire.exchange.id, parking: wire.exchange.parking, result: 1, &wire.environment)
                    if Int.random(in: 0..<4, using: &generator) == 0 { wire.exchange.abort(&wire.environment) }
                    wire.run()
                }
            }
            wire.clientDies()
            let (phase, connected, parked) = (wire.phase, wire.isConnected, wire.environment.parked)
            #expect(phase == .closed)
            #expect(!connected)
            #expect(parked == 0)
            let ended = handler.ended.map(\.0)
            #expect(Set(ended).count == ended.count, "an exchange ended twice")
            #expect(Set(handler.begun).isSubset(of: Set(ended)), "an exchange never ended")
        }
    }
}
