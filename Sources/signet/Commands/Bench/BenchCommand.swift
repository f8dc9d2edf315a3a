import ArgumentParser

/// `signet bench`.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure on this machine.",
        subcommands: [BenchTokensCommand.self, BenchGatewayCommand.self])
}
