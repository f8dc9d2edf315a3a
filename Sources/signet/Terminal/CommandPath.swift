import ArgumentParser

/// The commands that a command line names.
enum CommandPath {
    /// What is wrong with the first word that should be a command and is none; nil when there is no such word.
    ///
    /// The parser calls a mistyped command an unexpected argument; together with --help, or after the word help, it
    /// answers by the help of the command above it, as if nothing were wrong.
    static func fault(in arguments: [String], root: any ParsableCommand.Type = Signet.self) -> String? {
        let words = arguments.first == "help" ? arguments.dropFirst() : arguments[...]
        var commands = root.configuration.subcommands
        var path = "signet"
        for word in words {
            guard !commands.isEmpty, !word.hasPrefix("-") else { return nil }
            guard let next = commands.first(where: { $0.configuration.commandName == word }) else {
                let names = commands.filter { $0.configuration.shouldDisplay }.compactMap {
                    $0.configuration.commandName
                }
                return "\(path) has no command \(KeyChoice.quoted(word)); it has \(names.joined(separator: ", "))"
            }
            path += " \(word)"
            commands = next.configuration.subcommands
        }
        return nil
    }
}
