import ArgumentParser
import JOSE

/// `signet jwt verify`.
struct JWTVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check a signed token and its claims, and print the claims.",
        usage: "signet jwt verify --key <jwkfile> ... [<options>] [<file>]",
        discussion: "Prints nothing on standard output when anything is wrong. exp must be there and not have passed.")

    @OptionGroup var keys: KeyOptions

    @Option(
        help: ArgumentHelp(
            "The algorithms that are accepted, separated by commas. (default: the key's own)", valueName: "alg,…"))
    var alg: AlgorithmList<SignatureAlgorithm>?

    @Option(help: ArgumentHelp("What the header's typ must be.", valueName: "type"))
    var typ: String?

    @OptionGroup var claims: ClaimsOptions

    @Argument(help: ArgumentHelp("The token; standard input without it.", valueName: "file"))
    var file: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let verification = Verification(keys: try keys.load(), kid: keys.kid)
        let token = try TokenInput.read(file, parts: 3, other: "open")
        let now = claims.now
        let verified = try verification.verifyClaims(
            token, allowed: try alg?.algorithms(for: "signatures"), policy: claims.policy(type: typ), now: now)
        let object = verified.claims.object
        output.print([
            "header": .object(verified.header), "claims": .object(object), "dates": .object(ClaimsText.dates(object)),
        ]) {
            ClaimsText.result(object, now: now)
        }
    }
}
