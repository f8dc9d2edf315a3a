import ArgumentParser

/// `signet jwk`.
struct JWKCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jwk",
        abstract: "Make and look at keys (JSON Web Keys, RFC 7517).",
        subcommands: [
            JWKGenerateCommand.self, JWKPublicCommand.self, JWKThumbprintCommand.self, JWKConvertCommand.self,
        ])
}
