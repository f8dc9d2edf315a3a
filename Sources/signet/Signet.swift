import ArgumentParser

/// The root of the command line.
struct Signet: ParsableCommand {
    /// The version of this program.
    static let release = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "signet",
        abstract: "Issues and enforces encrypted access tokens, at an API gateway of its own.",
        discussion: """
            Start a server with `signet serve`, describe APIs and clients with `signet apply -f FILE`, get a token \
            with `signet token`. The commands jwk, jws, jwe and jwt work on files and need no server.

            Input comes from a file argument or standard input; results go to standard output, all else to standard \
            error. Add --json to any command for output that programs read.

            Exit status: 0 done; 1 refused (token, signature, decryption, policy); 64 wrong usage; 65 malformed input; \
            69 a service is unavailable; 70 a bug; 77 not permitted; 78 wrong configuration.
            """,
        version: "signet \(release)",
        subcommands: [WorkerCommand.self],
        groupedSubcommands: [
            CommandGroup(
                name: "Server",
                subcommands: [
                    ServeCommand.self, ApplyCommand.self, ExportCommand.self, ClientsCommand.self, KeysCommand.self,
                ]),
            CommandGroup(name: "Tokens", subcommands: [TokenCommand.self, JWTCommand.self]),
            CommandGroup(name: "JOSE", subcommands: [JWKCommand.self, JWSCommand.self, JWECommand.self]),
            CommandGroup(name: "Trying and measuring", subcommands: [EchoCommand.self, BenchCommand.self]),
        ]
    )
}
