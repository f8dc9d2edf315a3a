import Egress
import JOSE
import KeyProviders

/// A development server of OpenBao with the transit engine, on this machine.
enum OpenBao {
    /// Nil where it is not installed.
    static func start(in directory: String) async throws -> BenchDevice? {
        guard SearchPath.find("bao") != nil else { return nil }
        let address = "127.0.0.1:\(try ListeningSockets.freePort())"
        let token = Base64URL.encode((0..<24).map { _ in UInt8.random(in: .min ... .max) })
        let program = try ChildProgram(
            "bao",
            [
                "server", "-dev", "-dev-no-store-token", "-dev-root-token-id=\(token)",
                "-dev-listen-address=\(address)",
            ],
            output: "\(directory)/bao.log", environment: ["HOME": directory])
        try await mountTransit("http://\(address)", token, log: "\(directory)/bao.log")
        return try BenchDevice(
            name: "OpenBao",
            provider: ProviderRegistry.forBenchmark("transit", ["address": "http://\(address)", "token": token]),
            program: program)
    }

    /// As soon as the server answers.
    private static func mountTransit(_ address: String, _ token: String, log: String) async throws {
        let client = EgressClient(
            policy: EgressPolicy(plaintext: .loopback, addresses: .any, ports: [1...65535]), limits: EgressLimits())
        let request = EgressRequest(
            "POST", "\(address)/v1/sys/mounts/transit", fields: [("X-Vault-Token", token)],
            body: Array(#"{"type":"transit"}"#.utf8))
        for _ in 0..<100 {
            if let answer = try? await client.send(request), answer.status == 204 { return }
            try await Task.sleep(for: .milliseconds(200))
        }
        throw CommandFailure.unavailable("OpenBao does not answer: see \(log)")
    }
}
