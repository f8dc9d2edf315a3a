import ArgumentParser
import JOSE

/// `signet jws sign`.
struct JWSSignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Sign a payload and print the token.",
        usage: "signet jws sign --key <jwkfile> ... [--alg <alg>] [<options>] [<file>]",
        discussion: """
            The payload is taken as it is, line breaks at its end included. With --serialization general each --kid \
            makes one signature.
            """)

    @OptionGroup var keys: SeveralKeyOptions

    @Option(
        help: ArgumentHelp(
            "The algorithm, or one for each --kid, separated by commas. (default: the key's own)", valueName: "alg"))
    var alg: AlgorithmSequence<SignatureAlgorithm>?

    @OptionGroup var header: HeaderOption
    @OptionGroup var unprotected: UnprotectedOption
    @OptionGroup var form: TokenFormOptions

    @Flag(help: "Leave the payload out of the token.")
    var detached = false

    @Flag(help: "Sign the payload as it is, without base64url (b64: false, RFC 7797).")
    var unencoded = false

    @Argument(help: ArgumentHelp("The payload; standard input without it.", valueName: "file"))
    var file: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let members = try header.object()
        let open = try unprotected.object()
        let jwks = try keys.load()
        let names = try keys.names(form)
        let signers = try names.enumerated().map { index, name in
            let algorithm = try alg?.name(index, of: names.count)
            let key = try KeyChoice.choose(from: jwks, kid: name, job: "signing") { jwk in
                try KeyBinding.signing(jwk, named: algorithm)
            }
            return JWSSigner(key: key, protected: members, unprotected: open)
        }
        let payload = try Input.read(file, limit: Input.payloadLimit)
        let token = try JWS.sign(
            payload: payload, as: form.value, signers: signers, isDetached: detached, isEncoded: !unencoded)
        output.print(["token": .string(token)]) { token }
    }
}
