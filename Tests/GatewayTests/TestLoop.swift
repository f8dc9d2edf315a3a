import HTTPEngine
import Monitoring
import Testing

@testable import Gateway

/// Drives a handler as the engine does, without sockets.
final class TestLoop {
    let handler: GatewayHandler
    let cell: SnapshotCell
    let usage = UsageRecorder(loops: 1)
    let jobs: TokenJobs
    private var generation: UInt32 = 0
    var seconds = TestWorld.now

    init(_ world: TestWorld, jobs: TokenJobs = TokenJobs.test(limit: 4, threads: 1)) throws {
        cell = SnapshotCell(try world.snapshot())
        self.jobs = jobs
        handler = GatewayHandler(
            GatewayLoop(
                configuration: GatewayConfiguration(issuer: TestWorld.issuer, publicURL: "http://127.0.0.1:8080"),
                cell: cell, jobs: TokenWorkplaces(threads: jobs, device: .testByDevice()), usage: usage, loop: 0,
                maxConnections: 4))
        tick()
    }

    /// One wake of the loop.
    func tick() {
        handler.loopWillProcess(
            now: LoopTime(nanoseconds: seconds * 1_000_000_000, unixMilliseconds: seconds * 1000))
    }

    /// Begins an exchange and returns what the handler decided.
    func request(_ line: String, _ fields: [String] = []) -> (decision: RequestDecision, exchange: ExchangeID)? {
        generation += 1
        let exchange = ExchangeID(index: Int(generation % 4), generation: generation)
        return TestHead.with(text(line, fields)) { handler.requestHead($0, exchange: exchange) }
            .map { ($0, exchange) }
    }

    /// The head that the upstream would get, nil if the request is not forwarded.
    func forwarded(_ line: String, _ fields: [String] = []) -> String? {
        guard let (decision, exchange) = request(line, fields), case .forward = decision else { return nil }
        return upstreamHead(line, fields, exchange)
    }

    func upstreamHead(_ line: String, _ fields: [String], _ exchange: ExchangeID) -> String? {
        TestHead.with(text(line, fields)) { head in
            var output = OutputBuffer(limit: 65_536)
            handler.writeUpstreamHead(head, exchange: exchange, framing: .none, into: &output)
            return TestOutput.text(output)
        }
    }

    /// The handler's own answer, nil if there is none.
    func answer(_ line: String, _ fields: [String] = []) -> ImmediateResponse? {
        guard let (decision, exchange) = request(line, fields), case .respond(let response) = decision else {
            return nil
        }
        handler.exchangeEnded(ExchangeOutcome(ending: .completed, status: response.status), exchange: exchange)
        return response
    }

    func resume(
        _ line: String, _ fields: [String], _ exchange: ExchangeID, _ result: any Sendable
    ) -> RequestDecision? {
        TestHead.with(text(line, fields)) { handler.resumed(exchange, head: $0, result: result) }
    }

    private func text(_ line: String, _ fields: [String]) -> String {
        let host = fields.contains { $0.lowercased().hasPrefix("host:") } ? [] : ["Host: gateway.example"]
        return ([line + " HTTP/1.1"] + host + fields + ["", ""]).joined(separator: "\r\n")
    }
}

extension ImmediateResponse {
    func field(_ name: String) -> String? { fields.first { $0.name.lowercased() == name.lowercased() }?.value }

    var text: String { String(decoding: body, as: UTF8.self) }
}

func bearer(_ token: String) -> String { "Authorization: Bearer \(token)" }
