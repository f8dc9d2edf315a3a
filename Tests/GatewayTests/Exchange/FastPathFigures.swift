import HTTPEngine
import Resources
import Testing

@testable import Gateway

/// Prints what the repeated token costs; asserts nothing about time. Set SIGNET_FIGURES=1 to run it.
@Suite(.enabled(if: Environment.has("SIGNET_FIGURES"))) struct FastPathFigures {
    private func measure(_ name: String, count: Int = 200_000, _ body: () -> Void) {
        for _ in 0..<1000 { body() }
        var best = Duration.seconds(1000)
        // Many short rounds, the best of them: other work on the machine stretches long ones.
        let rounds = 200
        let count = max(1, count / rounds)
        for _ in 0..<rounds {
            let start = ContinuousClock.now
            for _ in 0..<count { body() }
            best = min(best, ContinuousClock.now - start)
        }
        let nanoseconds =
            Double(best.components.attoseconds) / 1e9 / Double(count)
            + Double(best.components.seconds) * 1e9 / Double(count)
        print("figure: \(name): \(Int(nanoseconds)) ns")
    }

    @Test func aRepeatedTokenOnTheWholePath() throws {
        for profile in TokenPolicy.Profile.allCases {
            let world = try TestWorld(profile: profile)
            let loop = try TestLoop(world)
            let token = try world.token()
            #expect(loop.forwarded("GET /orders/1", [bearer(token)]) != nil)
            let octets = Array(token.utf8)
            measure("\(profile) SHA-256 of \(octets.count) octets") { blackHole(TokenDigest(of: octets.span)) }
            let text =
                "GET /orders/12345?page=1 HTTP/1.1\r\nHost: gateway.example\r\nUser-Agent: bench\r\n"
                + "Accept: */*\r\nAuthorization: Bearer \(token)\r\n\r\n"
            let exchange = ExchangeID(index: 0, generation: 1)
            let end = ExchangeOutcome(ending: .completed, status: 200)
            _ = TestHead.with(text) { head in
                measure("\(profile) route + guard + all checks (cache hit)") {
                    blackHole(loop.handler.requestHead(head, exchange: exchange))
                }
                measure("\(profile) the same, with the end and its event") {
                    blackHole(loop.handler.requestHead(head, exchange: exchange))
                    loop.handler.exchangeEnded(end, exchange: exchange)
                }
                blackHole(loop.handler.requestHead(head, exchange: exchange))
                measure("\(profile) writing the upstream's head") {
                    var output = OutputBuffer(limit: 65_536)
                    loop.handler.writeUpstreamHead(head, exchange: exchange, framing: .none, into: &output)
                    blackHole(output.count)
                }
            }
            let open = text.replacing("/orders/12345", with: "/orders/public")
            _ = TestHead.with(open) { head in
                measure("\(profile) public route") {
                    blackHole(loop.handler.requestHead(head, exchange: exchange))
                }
            }
            let api = try world.compiled(world.apis[0])
            measure("\(profile) opening a fresh token", count: 2000) {
                blackHole(try? TokenOpener.open(octets.span, keys: api.keys))
            }
        }
    }
}

@inline(never)
private func blackHole<T>(_ value: T) {}
