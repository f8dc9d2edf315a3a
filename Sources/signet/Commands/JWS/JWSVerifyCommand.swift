import ArgumentParser
import JOSE

/// `signet jws verify`.
struct JWSVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check a token's signature and print its payload.",
        usage: "signet jws verify --key <jwkfile> ... --alg <alg,…> [<options>] [<file>]",
        discussion: "Prints the payload's octets, and nothing at all when the signature does not hold.")

    @OptionGroup var keys: KeyOptions

    @Option(help: ArgumentHelp("The algorithms that are accepted, separated by commas.", valueName: "alg,…"))
    var alg: AlgorithmList<SignatureAlgorithm>

    @OptionGroup var form: TokenFormOptions

    @Argument(help: ArgumentHelp("The token; standard input without it.", valueName: "file"))
    var file: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        try form.requireCompact()
        let jwks = try keys.load()
        let token = try TokenPeek.read(file)
        let verified = try Verification.verify(token, keys: jwks, kid: keys.kid, allowed: alg.algorithms)
        guard output.json else { return StandardStreams.write(verified.payload) }
        output.print([
            "header": .object(verified.header), "kid": verified.keyID.map { .string($0) } ?? .null,
            "payload": .string(Base64URL.encode(verified.payload)),
        ]) { "" }
    }
}
