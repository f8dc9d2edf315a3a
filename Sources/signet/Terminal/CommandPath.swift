import ArgumentParser

/// The commands that a command line names.
enum CommandPath {
    /// The words up to and with the first that should be a command and is none; nil when there is no such word.
    ///
    /// The parser answers a mistyped or missing command together with --help, or after the word help, by the help of
    /// the command above it, as if nothing were wrong. These words alone make it say what is wrong.
    static func unknown(in arguments: [String], root: any ParsableCommand.Type = Signet.self) -> [String]? {
        let words = arguments.first == "help" ? arguments.dropFirst() : arguments[...]
        var commands = root.configuration.subcommands
        for (count, word) in words.enumerated() {
            guard !commands.isEmpty, !word.hasPrefix("-") else { return nil }
            guard let next = commands.first(where: { $0.configuration.commandName == word }) else {
                return Array(words.prefix(count + 1))
            }
            commands = next.configuration.subcommands
        }
        return nil
    }
}
