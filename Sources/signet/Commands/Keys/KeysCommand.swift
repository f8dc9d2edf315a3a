import ArgumentParser

/// `signet keys`.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Look at and change a server's keys.",
        discussion: "The commands create, timeline, rewrap and export come later.",
        subcommands: [KeysListCommand.self, KeysRotateCommand.self, KeysRevokeCommand.self])
}
