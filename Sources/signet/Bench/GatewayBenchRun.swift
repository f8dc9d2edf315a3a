import Egress
import JOSE
import Resources

/// Measures nginx and the gateway in turns.
struct GatewayBenchRun {
    /// One way of asking.
    struct Case {
        let name: String
        let url: String
        let script: String
        let isNginx: Bool
    }

    /// The median of a case's rounds.
    struct Row {
        let name: String
        let microseconds: Double
        /// To nginx's plain proxying in the same round.
        let ratio: Double
        let rate: Double

        var json: JSONValue {
            [
                "name": .string(name), "cpu_us_per_request": .number((microseconds * 10).rounded() / 10),
                "ratio_to_nginx": .number((ratio * 100).rounded() / 100), "requests_per_second": .integer(Int64(rate)),
            ]
        }
    }

    let bench: GatewayBench
    let seconds: Int

    func measure(rounds: Int, progress: (String) -> Void) async throws -> [Row] {
        let servers = try bench.start()
        try await waitUntilReady()
        let cases = try await prepare(progress)
        var runs = cases.map { _ in [LoadRun]() }
        for round in 1...rounds {
            progress("round \(round) of \(rounds)")
            for index in cases.indices.shuffled() {
                let one = cases[index]
                runs[index].append(
                    try await LoadRun.run(
                        url: one.url, script: one.script, seconds: seconds,
                        server: one.isNginx ? servers.nginx : servers.gateway, output: bench.file("wrk.log")))
            }
        }
        withExtendedLifetime(servers) {}
        return zip(cases, runs).map { one, own in
            Row(
                name: one.name, microseconds: Self.median(own.map(\.microseconds)),
                ratio: Self.median(zip(own, runs[0]).map { $0.microseconds / $1.microseconds }),
                rate: Self.median(own.map(\.rate)))
        }
    }

    static func table(_ rows: [Row]) -> String {
        var table = TextTable(["REQUESTS", "CPU µs", "TO NGINX", "REQUESTS/S"], alignRight: [1, 2, 3])
        for row in rows {
            table.append([
                row.name, Decimals.text(row.microseconds, places: 1), Decimals.text(row.ratio, places: 2),
                String(Int64(row.rate)),
            ])
        }
        return table.lines.joined(separator: "\n")
    }

    static func goals(_ rows: [Row]) -> [Goal] {
        rows.compactMap { row in
            let isPlain = row.name == "plain"
            guard isPlain || row.name.hasPrefix("same token") else { return nil }
            return Goal(
                name: "\(row.name), to nginx's plain proxying", bound: .atMost(isPlain ? 1.0 : 1.25),
                measured: row.ratio, unit: "x")
        }
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        guard let middle = sorted.dropFirst((sorted.count - 1) / 2).first else { return 0 }
        return sorted.count % 2 == 1 ? middle : (middle + sorted[sorted.count / 2]) / 2
    }

    private func waitUntilReady() async throws {
        let client = EgressClient(policy: .operatorChosen)
        let urls = [
            "http://127.0.0.1:\(bench.controlPort)/readyz", "http://127.0.0.1:\(bench.nginxPort)/",
        ]
        for url in urls {
            var isReady = false
            for _ in 0..<200 where !isReady {
                let response = try? await client.send(EgressRequest("GET", url))
                isReady = response?.status == 200
                if !isReady { try await Task.sleep(for: .milliseconds(50)) }
            }
            guard isReady else {
                let log = (try? Input.file(bench.file("nginx.log"))).map { String(decoding: $0, as: UTF8.self) } ?? ""
                throw CommandFailure.unavailable("\(url) does not answer\n\(log)")
            }
        }
    }

    /// Applies the resources, gets the tokens and writes the scripts.
    private func prepare(_ progress: (String) -> Void) async throws -> [Case] {
        let server = "http://127.0.0.1:\(bench.controlPort)"
        let credential = Input.trimmedText(try Input.file(bench.file("data/admin.token")))
        let admin = AdminClient(server: server, token: String(decoding: credential, as: UTF8.self))
        let documents = try DocumentFiles.read([bench.file("resources.yaml")])
        let answer = try await admin.call(
            "POST", "/apply", body: ["documents": .array(documents.map { .object($0.json(.concise)) })])
        guard let secret = answer["secrets"]?.arrayValue?.first?["client_secret"]?.stringValue else {
            throw CommandFailure.bug("apply made no secret")
        }
        let nginx = "http://127.0.0.1:\(bench.nginxPort)"
        let gateway = "http://127.0.0.1:\(bench.gatewayPort)"
        try bench.write("plain.lua", "")
        var cases = [
            Case(name: "plain, nginx", url: nginx + "/x", script: bench.file("plain.lua"), isNginx: true),
            Case(name: "plain", url: gateway + "/plain-asymmetric", script: bench.file("plain.lua"), isNginx: false),
        ]
        for profile in ["asymmetric", "symmetric"] {
            progress("getting \(GatewayBench.tokens) tokens of profile \(profile)")
            let request = TokenRequest(
                server: server, clientID: "bench", credential: .secret(secret, .basic),
                resource: "https://\(profile).example", scope: "read")
            let tokens = try await TokenPool.get(GatewayBench.tokens, request)
            try bench.write("\(profile).tokens", tokens.joined(separator: "\n"))
            try bench.write("\(profile)-one.lua", LoadScript.one(tokens[0]))
            try bench.write("\(profile)-many.lua", LoadScript.many(file: bench.file("\(profile).tokens")))
            let url = "\(gateway)/\(profile)"
            cases += [
                Case(
                    name: "same token, \(profile)", url: url, script: bench.file("\(profile)-one.lua"), isNginx: false),
                Case(
                    name: "fresh token, \(profile)", url: url, script: bench.file("\(profile)-many.lua"),
                    isNginx: false),
            ]
        }
        return cases
    }
}
