import ArgumentParser
import JOSE

/// `signet jws sign`.
struct JWSSignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Sign a payload and print the token.",
        usage: "signet jws sign --key <jwkfile> ... [--alg <alg>] [<options>] [<file>]",
        discussion: "The payload is taken as it is, line breaks at its end included.")

    @OptionGroup var keys: KeyOptions

    @Option(help: ArgumentHelp("The algorithm. (default: the key's own)", valueName: "alg"))
    var alg: AlgorithmName<SignatureAlgorithm>?

    @OptionGroup var header: HeaderOption
    @OptionGroup var form: TokenFormOptions

    @Flag(help: "Leave the payload out of the token; comes later.")
    var detached = false

    @Argument(help: ArgumentHelp("The payload; standard input without it.", valueName: "file"))
    var file: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        try form.requireCompact()
        guard !detached else {
            throw CommandFailure.notSupported("--detached", instead: "the token carries its payload")
        }
        let members = try header.object()
        let key = try KeyChoice.choose(from: try keys.load(), kid: keys.kid, job: "signing") { jwk in
            try KeyBinding.signing(jwk, algorithm: alg?.algorithm)
        }
        let payload = try Input.read(file, limit: Input.payloadLimit)
        let token = try JWS.sign(payload: payload, header: members, key: key)
        output.print(["token": .string(token)]) { token }
    }
}
