import ArgumentParser
import JOSE

/// `signet bench tokens`.
struct BenchTokensCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokens",
        abstract: "Measure how many tokens are sealed and opened per second, beside the bare primitives.",
        discussion: """
            One thread. The bare primitives are the calls of the crypto library that a token can't do without, over \
            the same octets, measured in the same run; ratio is the time with Signet's part to the time without.
            """)

    @Option(help: ArgumentHelp("The time of each measurement, in milliseconds.", valueName: "ms"))
    var time = 500

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (10...60_000).contains(time) else { throw ValidationError("--time: expected 10 to 60000") }
    }

    func run() throws {
        let rows = try TokenBenchmark(milliseconds: time).run { name in
            StandardStreams.complain("measuring \(name)")
        }
        output.print(["unit": "operations per second, one thread", "results": .array(rows.map(\.json))]) {
            TokenBenchmark.table(rows)
        }
    }
}
