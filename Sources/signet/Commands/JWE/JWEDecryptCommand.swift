import ArgumentParser
import JOSE

/// `signet jwe decrypt`.
struct JWEDecryptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decrypt",
        abstract: "Decrypt a token and print its plaintext.",
        usage: "signet jwe decrypt --key <jwkfile> ... [<options>] [<file>]",
        discussion: """
            Without --alg and --enc a key allows what its own alg says, or else what its type can do; dir only when the \
            key's alg or --alg says so.
            """)

    @OptionGroup var keys: KeyOptions

    @Option(help: ArgumentHelp("The algorithms that are accepted, separated by commas.", valueName: "alg,…"))
    var alg: AlgorithmList<KeyManagementAlgorithm>?

    @Option(help: ArgumentHelp("The content encryptions that are accepted, separated by commas.", valueName: "enc,…"))
    var enc: AlgorithmList<ContentEncryptionAlgorithm>?

    @OptionGroup var form: TokenFormOptions

    @Argument(help: ArgumentHelp("The token; standard input without it.", valueName: "file"))
    var file: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        try form.requireCompact()
        let jwks = try keys.load()
        let token = try TokenPeek.read(file)
        let opened = try Verification.decrypt(
            token, keys: jwks, kid: keys.kid, allowed: alg?.algorithms, contentEncryption: enc?.algorithms)
        guard output.json else { return StandardStreams.write(opened.plaintext) }
        output.print([
            "header": .object(opened.header), "kid": opened.keyID.map { .string($0) } ?? .null,
            "plaintext": .string(Base64URL.encode(opened.plaintext)),
        ]) { "" }
    }
}
