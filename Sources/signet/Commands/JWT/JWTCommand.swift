import ArgumentParser

/// `signet jwt`.
struct JWTCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jwt",
        abstract: "Make, check and look into tokens (JSON Web Token, RFC 7519).",
        discussion: """
            sign and verify work on signed tokens; seal signs, then encrypts, as Signet's access tokens are made; open \
            decrypts, then verifies. decode explains a token layer by layer and refuses nothing.
            """,
        subcommands: [
            JWTDecodeCommand.self, JWTSignCommand.self, JWTVerifyCommand.self, JWTSealCommand.self,
            JWTOpenCommand.self,
        ])
}
