import ArgumentParser
import JOSE

/// `signet jwt sign`.
struct JWTSignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Sign claims and print the token.",
        usage: "signet jwt sign --key <jwkfile> ... [--lifetime <time>] [<options>] [<file>]")

    @OptionGroup var keys: KeyOptions

    @Option(help: ArgumentHelp("The algorithm. (default: the key's own)", valueName: "alg"))
    var alg: AlgorithmName<SignatureAlgorithm>?

    @Option(help: ArgumentHelp("The header's typ.", valueName: "type"))
    var typ = "JWT"

    @OptionGroup var header: HeaderOption
    @OptionGroup var claims: ClaimsInput
    @OptionGroup var output: OutputOptions

    func run() throws {
        var members = try header.object()
        if members["typ"] == nil { members["typ"] = .string(typ) }
        let key = try KeyChoice.choose(from: try keys.load(), kid: keys.kid, job: "signing") { jwk in
            try KeyBinding.signing(jwk, named: alg?.name)
        }
        let token = try JWS.sign(payload: try claims.read(now: Clock.now()), header: members, key: key)
        output.print(["token": .string(token)]) { token }
    }
}
