import ArgumentParser
import JOSE

/// `signet jwe encrypt`.
struct JWEEncryptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encrypt",
        abstract: "Encrypt a plaintext to a key and print the token.",
        usage: "signet jwe encrypt --key <jwkfile> ... --alg <alg> --enc <enc> [<options>] [<file>]",
        discussion:
            "The plaintext is taken as it is. It says nothing about who encrypted it: sign it first if that matters.")

    @OptionGroup var keys: KeyOptions

    @Option(help: ArgumentHelp("How the content key reaches the recipient.", valueName: "alg"))
    var alg: AlgorithmName<KeyManagementAlgorithm>

    @Option(help: ArgumentHelp("How the content is encrypted.", valueName: "enc"))
    var enc: AlgorithmName<ContentEncryptionAlgorithm>

    @OptionGroup var header: HeaderOption
    @OptionGroup var form: TokenFormOptions

    @Argument(help: ArgumentHelp("The plaintext; standard input without it.", valueName: "file"))
    var file: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        try form.requireCompact()
        let members = try header.object()
        let key = try KeyChoice.choose(from: try keys.load(), kid: keys.kid, job: "encrypting") { jwk in
            try KeyBinding.encryption(jwk, algorithm: alg.algorithm, contentEncryption: enc.algorithm)
        }
        let plaintext = try Input.read(file, limit: Input.payloadLimit)
        let token = try JWE.encrypt(plaintext, header: members, key: key, contentEncryption: enc.algorithm)
        output.print(["token": .string(token)]) { token }
    }
}
