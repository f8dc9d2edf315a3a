import ArgumentParser

/// `signet jwt`.
struct JWTCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jwt",
        abstract: "Make, check and look into tokens (JSON Web Token, RFC 7519).",
        discussion: """
            sign and verify work on signed tokens; seal signs, then encrypts, as Signet's access tokens are made; open \
            decrypts, then verifies. decode shows what anyone can see of a token and checks nothing.
            """,
        subcommands: [
            JWTDecodeCommand.self, JWTSignCommand.self, JWTVerifyCommand.self, JWTSealCommand.self,
            JWTOpenCommand.self,
        ])
}
