import NIOCore
import Testing

@testable import Egress

@Suite("Connections that are kept", .timeLimit(.minutes(1)))
struct KeptConnectionTests {
    private static let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    private func client(kept: Int = 4, idle: Duration = .seconds(20)) -> EgressClient {
        var limits = EgressLimits()
        limits.keptConnections = kept
        limits.keptIdle = idle
        limits.timeout = .seconds(5)
        return EgressClient(
            policy: EgressPolicy(plaintext: .loopback, addresses: .any, ports: [1...65535]), limits: limits)
    }

    private func send(_ client: EgressClient, _ server: CannedServer, isRepeatable: Bool = true) async throws -> String
    {
        var request = EgressRequest("POST", server.url + "/", body: [1, 2])
        request.isRepeatable = isRepeatable
        return String(decoding: try await client.send(request).body, as: UTF8.self)
    }

    @Test("Exchanges that may be repeated share a connection, others have their own")
    func shared() async throws {
        let server = try await CannedServer(.answerAndStay(Self.answer))
        let client = client()
        for _ in 0..<5 { #expect(try await send(client, server) == "ok") }
        #expect(server.connections == 1)
        for _ in 0..<3 { #expect(try await send(client, server, isRepeatable: false) == "ok") }
        #expect(server.connections == 4)
        await server.close()
    }

    @Test("Without a number of connections to keep, none is kept")
    func none() async throws {
        let server = try await CannedServer(.answerAndStay(Self.answer))
        let client = client(kept: 0)
        for _ in 0..<3 { #expect(try await send(client, server) == "ok") }
        #expect(server.connections == 3)
        await server.close()
    }

    @Test(
        "A connection that the peer ends is not used again",
        arguments: [
            CannedServer.Behaviour.answer(Self.answer),
            .answerAndStay("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"),
            .answerAndStay("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        ])
    func ended(behaviour: CannedServer.Behaviour) async throws {
        let server = try await CannedServer(behaviour)
        let client = client()
        for _ in 0..<5 { #expect(try await send(client, server) == "ok") }
        #expect(server.connections == 5)
        await server.close()
    }

    @Test("What comes after the answer is nobody's answer: the connection ends")
    func surplus() async throws {
        let server = try await CannedServer(.answerAndStay(Self.answer + Self.answer.replacing("ok", with: "no")))
        let client = client()
        for _ in 0..<5 { #expect(try await send(client, server) == "ok") }
        #expect(server.connections == 5)
        await server.close()
    }

    @Test("A connection that nobody needs ends")
    func idle() async throws {
        let server = try await CannedServer(.answerAndStay(Self.answer))
        let client = client(idle: .milliseconds(50))
        #expect(try await send(client, server) == "ok")
        try await Task.sleep(for: .milliseconds(500))
        #expect(try await send(client, server) == "ok")
        #expect(server.connections == 2)
        await server.close()
    }

    @Test("Exchanges at once have a connection each, of which so many are kept as the limit says")
    func atOnce() async throws {
        let server = try await CannedServer(.answerAndStay(Self.answer))
        let client = client(kept: 2)
        for _ in 0..<3 {
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 { group.addTask { try await send(client, server) } }
                for try await text in group { #expect(text == "ok") }
            }
        }
        #expect(server.connections >= 2)
        let before = server.connections
        for _ in 0..<5 { #expect(try await send(client, server) == "ok") }
        #expect(server.connections == before)
        await server.close()
    }

    @Test("The bound of what a peer sends is that of each exchange")
    func bound() async throws {
        let text = String(repeating: "x", count: 60_000)
        let server = try await CannedServer(
            .answerAndStay("HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)"))
        var limits = EgressLimits()
        (limits.keptConnections, limits.responseBytes, limits.headBytes) = (1, 64 * 1024, 1024)
        let client = EgressClient(
            policy: EgressPolicy(plaintext: .loopback, addresses: .any, ports: [1...65535]), limits: limits)
        for _ in 0..<8 { #expect(try await send(client, server) == text) }
        #expect(server.connections == 1)
        await server.close()
    }
}
