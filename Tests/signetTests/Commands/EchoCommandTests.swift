import Egress
import Foundation
import JOSE
import Testing

@Suite("signet echo", .serialized)
struct EchoCommandTests {
    private func withEcho(_ body: (String) async throws -> Void) async throws {
        let echo = try RunningEcho()
        try await body(echo.url)
        #expect(echo.stop() == 0)
    }

    @Test("It answers with what it received")
    func echoes() async throws {
        try await withEcho { url in
            let client = EgressClient(policy: .operatorChosen)
            let response = try await client.send(
                EgressRequest(
                    "PUT", url + "/a/b?c=d", fields: [(name: "X-A", value: "1"), (name: "X-A", value: "2")],
                    body: Array(repeating: 1, count: 100_000)))
            let answer = try JSONValue(parsing: response.body)
            #expect(answer["method"]?.stringValue == "PUT")
            #expect(answer["path"]?.stringValue == "/a/b")
            #expect(answer["query"]?.stringValue == "c=d")
            #expect(answer["headers"]?["x-a"] == ["1", "2"])
            #expect(answer["body_bytes"]?.integerValue == 100_000)
        }
    }

    @Test("The query chooses status, delay and size of the answer")
    func choices() async throws {
        try await withEcho { url in
            let client = EgressClient(policy: .operatorChosen)
            #expect(try await client.send(EgressRequest("GET", url + "/?status=503")).status == 503)
            #expect(try await client.send(EgressRequest("GET", url + "/?bytes=200000")).body.count == 200_000)
            let time = try await ContinuousClock().measure {
                _ = try await client.send(EgressRequest("GET", url + "/?delay=100"))
            }
            #expect(time >= .milliseconds(100))
        }
    }

    @Test("A taken address leaves with status 78")
    func takenAddress() async throws {
        try await withEcho { url in
            let result = try Program.run(["echo", "--listen", String(url.dropFirst("http://".count))])
            #expect(result.status == 78)
            let address = url.dropFirst("http://".count)
            #expect(result.errors == "signet: can't listen on \(address): Address already in use\n")
        }
    }
}
