import ArgumentParser

/// `signet clients`.
struct ClientsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clients",
        abstract: "Look after the secrets of a server's clients.",
        discussion: "Clients themselves are described by files: see `signet apply`.",
        subcommands: [ClientsSecretCommand.self])
}
