import ArgumentParser
import JOSE

/// `signet jwe encrypt`.
struct JWEEncryptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encrypt",
        abstract: "Encrypt a plaintext to a key and print the token.",
        usage: "signet jwe encrypt --key <jwkfile> ... --alg <alg> [--enc <enc>] [<options>] [<file>]",
        discussion: """
            The plaintext is taken as it is. It says nothing about who encrypted it: sign it first if that matters. \
            With --serialization general each --kid names one recipient.

            HPKE-0, 1, 2, 3, 4, 7 and 9 encrypt the content themselves and go without --enc; HPKE-0-KE and so on \
            encrypt a content key. They are experimental: their specifications are drafts.
            """)

    @OptionGroup var keys: SeveralKeyOptions

    @Option(
        help: ArgumentHelp(
            "How the content key reaches the recipient, or one for each --kid, separated by commas.", valueName: "alg"))
    var alg: AlgorithmSequence<KeyManagementAlgorithm>

    @Option(help: ArgumentHelp("How the content is encrypted. Not for HPKE-0 to HPKE-9.", valueName: "enc"))
    var enc: AlgorithmName<ContentEncryptionAlgorithm>?

    @OptionGroup var header: HeaderOption
    @OptionGroup var unprotected: UnprotectedOption
    @OptionGroup var form: TokenFormOptions

    @Option(help: ArgumentHelp("A file with further data to authenticate. For the JSON forms.", valueName: "file"))
    var aad: String?

    @Flag(help: "Compress the plaintext (zip: DEF). The token's length then tells of its content.")
    var compress = false

    @Argument(help: ArgumentHelp("The plaintext; standard input without it.", valueName: "file"))
    var file: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard enc == nil else { return }
        guard alg.algorithms.allSatisfy(\.isIntegrated) else {
            throw ValidationError("Missing expected argument '--enc <enc>'")
        }
    }

    func run() throws {
        let members = try header.object()
        let shared = try unprotected.object()
        let jwks = try keys.load()
        let names = try keys.names(form)
        let recipients = try names.enumerated().map { index, name in
            let algorithm = try alg.algorithm(index, of: names.count)
            return JWERecipient(
                key: try KeyChoice.choose(from: jwks, kid: name, job: "encrypting") { jwk in
                    try KeyBinding.encryption(jwk, algorithm: algorithm, contentEncryption: enc?.algorithm)
                })
        }
        let additional = try aad.map { try Input.read($0) }
        let plaintext = try Input.read(file, limit: Input.payloadLimit)
        let token = try JWE.encrypt(
            plaintext, as: form.value, recipients: recipients, contentEncryption: enc?.algorithm, protected: members,
            unprotected: shared, additionalData: additional,
            compression: compress ? .deflateRevealingContentByLength : .none)
        output.print(["token": .string(token)]) { token }
    }
}
