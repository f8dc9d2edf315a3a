import ArgumentParser
import JOSE

/// `signet bench tokens`.
struct BenchTokensCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokens",
        abstract: "Measure how many tokens are sealed and opened per second, beside the bare primitives.",
        discussion: """
            One thread, and its processor time. The bare primitives are the calls of the crypto library that a token \
            can't do without, over the same octets, measured in the same run; ratio is the time with Signet's part to \
            the time without. The last table says which goals are met.

            Profile kms is measured with SoftHSM and OpenBao where they are installed (softhsm2-util, bao): each is \
            started for the time of the measurement. Its figures are by the clock, for one caller and for 16 at once.
            """)

    @Option(help: ArgumentHelp("The time of each measurement, in milliseconds.", valueName: "ms"))
    var time = 500

    @Option(
        help: ArgumentHelp(
            "A program that opens the same tokens by another library, measured in turns; see Benchmarks/go-jose.",
            valueName: "path"))
    var peer: String?

    @Option(
        help: ArgumentHelp(
            "Do one operation and nothing else, for counting instructions; Benchmarks/instructions.txt has the names.",
            valueName: "name"))
    var only: String?

    @Option(help: ArgumentHelp("How often, with --only.", valueName: "n"))
    var count = 1

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (10...60_000).contains(time) else { throw ValidationError("--time: expected 10 to 60000") }
        guard (1...1_000_000).contains(count) else {
            throw ValidationError("--count: expected 1 to 1000000")
        }
        if let only, !CountedOperation.names.contains(only) {
            throw ValidationError("--only: expected one of \(CountedOperation.names.joined(separator: ", "))")
        }
    }

    func run() async throws {
        if let only { return try CountedOperation.run(only, times: count) }
        let rows = try TokenBenchmark(milliseconds: time).run(Self.report)
        let comparison = peer.map { PeerComparison(program: $0, milliseconds: 2 * time) }
        let beside = try await comparison?.run(Self.report) ?? []
        let profiles = try await Self.profiles(rows, milliseconds: time)
        let goals = TokenBenchmark.goals(rows) + PeerComparison.goals(beside)
        let results: JSONValue = [
            "unit": "operations per second of processor time, one thread", "results": .array(rows.map(\.json)),
            "profiles": .array(profiles.map(\.json)), "peer": .array(beside.map(\.json)),
            "goals": .array(goals.map(\.json)),
        ]
        output.print(results) {
            let tables =
                [TokenBenchmark.table(rows), ProfileRow.table(profiles)]
                + (beside.isEmpty ? [] : [PeerComparison.table(beside)])
            return (tables + [Goal.table(goals)]).joined(separator: "\n\n")
        }
    }

    /// The profiles side by side.
    private static func profiles(_ rows: [TokenBenchmark.Row], milliseconds: Int) async throws -> [ProfileRow] {
        let local = ProfileRow.local(rows)
        return try await BenchDirectory.lent { directory in
            var profiles = local
            for device in try await BenchDevice.all(in: directory) {
                report("kms with \(device.name)")
                do {
                    let figures = try await DeviceBenchmark(device: device, milliseconds: milliseconds).run()
                    profiles.append(.device(device.name, figures))
                    await device.close()
                } catch {
                    await device.close()
                    throw error
                }
            }
            return profiles
        }
    }

    private static func report(_ name: String) { StandardStreams.complain("measuring \(name)") }
}
