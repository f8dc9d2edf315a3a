import ArgumentParser
import JOSE

/// `signet jwt decode`.
struct JWTDecodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode",
        abstract: "Explain a token layer by layer, and say of each check whether it passes.",
        discussion: """
            Without a key everything of a signed token is shown and marked as not verified, and of an encrypted token \
            the header. With the recipient's private key what is inside is shown too, and with the signer's key the \
            signature is checked. The exit status says only that the token could be read: `signet jwt verify` and \
            `signet jwt open` refuse.
            """)

    @Option(
        help: ArgumentHelp(
            "A file with the recipient's or the signer's key, JWK or JWKS. May be repeated.", valueName: "jwkfile"))
    var key: [String] = []

    @Option(help: ArgumentHelp("What the signed token's typ should be.", valueName: "type"))
    var typ: String?

    @OptionGroup var form: TokenFormOptions
    @OptionGroup var claims: ClaimsOptions

    @Argument(help: ArgumentHelp("The token; standard input without it.", valueName: "file"))
    var file: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let (token, form) = try form.read(file)
        let keys = try KeyFile.keys(key)
        var explanation = TokenExplanation(keys: keys, claims: claims.policy(type: typ), now: claims.now)
        do {
            try explanation.explain(token, form)
        } catch let error as JOSEError {
            throw CommandFailure.malformed(error.code.rawValue, error.reason)
        }
        output.print(.object(explanation.json)) { explanation.lines.joined(separator: "\n") }
    }
}
