import JOSE

/// One profile beside the others: what its keys are, who can read its tokens, how fast it is, and what it costs to run.
struct ProfileRow {
    let profile: String
    let keys: String
    let readers: String
    let seal: CallFigures
    let open: CallFigures
    /// With many callers at once; nil where one caller takes all of a processor.
    var manySeals: CallFigures?
    var manyOpens: CallFigures?
    let complexity: String

    /// The profiles whose keys are in the process. That of `kms-sealed` has the keys of asymmetric once a device has opened
    /// them, and so its figures.
    static func local(_ rows: [TokenBenchmark.Row]) -> [ProfileRow] {
        func row(
            _ profile: String, as measured: String, _ keys: String, _ readers: String, _ complexity: String
        ) -> ProfileRow? {
            guard let row = rows.first(where: { $0.name.hasPrefix("\(measured):") }) else { return nil }
            return ProfileRow(
                profile: profile, keys: keys, readers: readers, seal: CallFigures(rate: row.seal),
                open: CallFigures(rate: row.open), complexity: complexity)
        }
        return [
            row(
                "symmetric", as: "symmetric", "secrets of the API, in the process", "gateways, which could mint too",
                "nothing to run"),
            row("asymmetric", as: "asymmetric", "key pairs, in the process", "gateways", "nothing to run"),
            row(
                "kms-sealed (as asymmetric)", as: "asymmetric", "key pairs for a day, sealed by a device",
                "gateways that the device opened the keys for", "a device, asked once for each key and process"),
        ].compactMap(\.self)
    }

    static func device(_ name: String, _ figures: DeviceBenchmark.Figures) -> ProfileRow {
        ProfileRow(
            profile: "kms, \(name)", keys: "key pairs, never out of the device",
            readers: "gateways that the device lets use the key", seal: figures.seal, open: figures.open,
            manySeals: figures.manySeals, manyOpens: figures.manyOpens,
            complexity: "a device, asked for each token")
    }

    var json: JSONValue {
        var object: JSONObject = [
            "profile": .string(profile), "keys": .string(keys), "readers": .string(readers),
            "seal": Self.json(seal), "open": Self.json(open), "complexity": .string(complexity),
        ]
        if let manySeals, let manyOpens {
            object["callers"] = .integer(Int64(DeviceBenchmark.callers))
            object["seal_by_callers"] = Self.json(manySeals)
            object["open_by_callers"] = Self.json(manyOpens)
        }
        return .object(object)
    }

    private static func json(_ figures: CallFigures) -> JSONValue {
        [
            "per_second": .integer(Int64(figures.perSecond.rounded())),
            "median_us": .number((figures.median * 10).rounded() / 10),
            "p99_us": .number((figures.percentile99 * 10).rounded() / 10),
        ]
    }

    static func table(_ rows: [ProfileRow]) -> String {
        var table = TextTable(
            [
                "PROFILE", "KEYS", "WHO CAN READ", "SEAL/S", "OPEN/S", "OPEN µs", "P99 µs", "BY 16: SEAL/S", "OPEN/S",
                "TO RUN",
            ],
            alignRight: Set(3...8))
        for row in rows {
            table.append([
                row.profile, row.keys, row.readers, count(row.seal.perSecond), count(row.open.perSecond),
                count(row.open.median), count(row.open.percentile99),
                row.manySeals.map { count($0.perSecond) } ?? "-", row.manyOpens.map { count($0.perSecond) } ?? "-",
                row.complexity,
            ])
        }
        return table.lines.joined(separator: "\n")
    }

    private static func count(_ value: Double) -> String { String(Int64(value.rounded())) }
}
