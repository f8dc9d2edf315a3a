import ArgumentParser
import Egress
import JOSE

/// `signet bench gateway`.
struct BenchGatewayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway",
        abstract: "Measure the gateway's processor time per request, beside nginx before the same upstream.",
        discussion: """
            Needs nginx and wrk. Starts an upstream, nginx as a proxy and a gateway of its own, all on the loopback and \
            in a directory that is removed at the end, and lets wrk ask each of them in turn: plain proxying, one token \
            for all requests, and another token for each request. Ratios are taken within a round, so that a busy \
            machine does not bend them; the median round is shown. The last table says which goals are met.
            """)

    @Option(help: ArgumentHelp("The time of each measurement, in seconds.", valueName: "s"))
    var time = 3

    @Option(help: ArgumentHelp("How often everything is measured.", valueName: "n"))
    var rounds = 3

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...60).contains(time), (1...20).contains(rounds) else {
            throw ValidationError("--time: expected 1 to 60; --rounds: expected 1 to 20")
        }
    }

    func run() async throws {
        let missing = ["wrk", "nginx"].filter { SearchPath.find($0) == nil }
        guard missing.isEmpty else {
            throw CommandFailure.unavailable(
                "\(missing.joined(separator: " and ")) not found; on Debian: apt-get install wrk nginx-light")
        }
        let measured = try await BenchDirectory.lent { directory in
            try await GatewayBenchRun(bench: GatewayBench(directory: directory), seconds: time)
                .measure(rounds: rounds) { StandardStreams.complain($0) }
        }
        let goals = GatewayBenchRun.goals(measured)
        let results: JSONValue = [
            "unit": "microseconds of processor time per request", "results": .array(measured.map(\.json)),
            "goals": .array(goals.map(\.json)),
        ]
        output.print(results) { GatewayBenchRun.table(measured) + "\n\n" + Goal.table(goals) }
    }
}
