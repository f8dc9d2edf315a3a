import ArgumentParser

/// `signet keys`.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Look at and change a server's keys.",
        discussion: "Versions follow each other by themselves; `signet keys timeline` shows when.",
        subcommands: [
            KeysListCommand.self, KeysTimelineCommand.self, KeysCreateCommand.self, KeysRotateCommand.self,
            KeysRevokeCommand.self, KeysRewrapCommand.self, KeysProtectCommand.self, KeysExportCommand.self,
        ])
}
