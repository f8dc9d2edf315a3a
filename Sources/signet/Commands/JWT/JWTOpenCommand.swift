import ArgumentParser
import JOSE

/// `signet jwt open`.
struct JWTOpenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open",
        abstract: "Decrypt a sealed token, check its signature and its claims, and print the claims.",
        usage: "signet jwt open --key <jwkfile> ... [<options>] [<file>]",
        discussion: """
            --key names the recipient's private key and the signer's public key, in one file or several. A token that \
            holds anything but a signed token is refused: encryption to a public key says nothing about who made it.
            """)

    @OptionGroup var keys: NestedKeyOptions
    @OptionGroup var accepted: DecryptionOptions

    @Option(
        help: ArgumentHelp("The signature algorithms that are accepted. (default: the key's own)", valueName: "alg,…"))
    var signAlg: AlgorithmList<SignatureAlgorithm>?

    @Option(help: ArgumentHelp("What the signed token's typ must be.", valueName: "type"))
    var typ = "at+jwt"

    @OptionGroup var claims: ClaimsOptions

    @Argument(help: ArgumentHelp("The token; standard input without it.", valueName: "file"))
    var file: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let jwks = try keys.load()
        let token = try TokenInput.read(file, parts: 5, other: "verify")
        let now = claims.now
        let opened = try Verification(keys: jwks.filter(NestedKeys.mayEncrypt), kid: keys.kid).decrypt(
            token, allowed: try accepted.allowed(), policy: try accepted.policy())
        let inner = try JWT.signedToken(in: opened)
        let verified = try Verification(keys: jwks.filter(NestedKeys.maySign), kid: keys.signKid).verifyClaims(
            inner, allowed: try signAlg?.algorithms(for: "signatures"), policy: claims.policy(type: typ), now: now)
        let object = verified.claims.object
        output.print([
            "header": .object(opened.header), "signed_header": .object(verified.header), "claims": .object(object),
            "dates": .object(ClaimsText.dates(object)),
        ]) {
            ClaimsText.result(object, now: now)
        }
    }
}
