import JOSE

/// Seals and opens tokens as fast as one thread can, beside the bare primitives.
struct TokenBenchmark {
    /// The time of each of a case's four measurements.
    let milliseconds: Int

    /// What came out for one form, in operations per second of processor time.
    struct Row {
        let name: String
        let tokenBytes: Int
        let seal: Double
        let bareSeal: Double
        let open: Double
        let bareOpen: Double

        var json: JSONValue {
            [
                "name": .string(name), "token_bytes": .integer(Int64(tokenBytes)),
                "seal": rate(seal), "seal_bare": rate(bareSeal), "seal_ratio": ratio(bareSeal / seal),
                "open": rate(open), "open_bare": rate(bareOpen), "open_ratio": ratio(bareOpen / open),
            ]
        }

        private func rate(_ value: Double) -> JSONValue { .integer(Int64(value.rounded())) }
        private func ratio(_ value: Double) -> JSONValue { .number((value * 100).rounded() / 100) }
    }

    func run(_ progress: (String) -> Void) throws -> [Row] {
        try TokenForm.all.map { one in
            progress(one.title)
            return try measure(one)
        }
    }

    static func table(_ rows: [Row]) -> String {
        var table = TextTable(
            ["TOKEN", "OCTETS", "SEAL/S", "BARE/S", "RATIO", "OPEN/S", "BARE/S", "RATIO"], alignRight: Set(1...7))
        for row in rows {
            table.append([
                row.name, String(row.tokenBytes), count(row.seal), count(row.bareSeal),
                Decimals.text(row.bareSeal / row.seal, places: 2),
                count(row.open), count(row.bareOpen), Decimals.text(row.bareOpen / row.open, places: 2),
            ])
        }
        return table.lines.joined(separator: "\n")
    }

    static func goals(_ rows: [Row]) -> [Goal] {
        TokenForm.profiles.compactMap { profile in
            guard let row = rows.first(where: { $0.name.hasPrefix("\(profile):") }) else { return nil }
            return profile == "symmetric"
                ? Goal(name: "open a symmetric token", bound: .atLeast(100_000), measured: row.open, unit: "/s a core")
                : Goal(
                    name: "open an asymmetric token, to the bare primitives", bound: .atMost(1.15),
                    measured: row.bareOpen / row.open, unit: "x")
        }
    }

    private func measure(_ one: TokenForm) throws -> Row {
        let token = try BenchToken(one)
        let bare = try one.primitives().operations(innerBytes: token.innerBytes)
        let rates = try Stopwatch.rates([token.seal, bare.seal, token.open, bare.open], milliseconds: milliseconds)
        return Row(
            name: one.title, tokenBytes: token.octets.count, seal: rates[0], bareSeal: rates[1], open: rates[2],
            bareOpen: rates[3])
    }

    private static func count(_ value: Double) -> String { String(Int64(value.rounded())) }
}
