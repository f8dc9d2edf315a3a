import ArgumentParser
import JOSE

/// `signet jwt seal`.
struct JWTSealCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seal",
        abstract: "Sign claims, encrypt the signed token, and print the result.",
        usage: "signet jwt seal --key <jwkfile> ... [--lifetime <time>] [<options>] [<file>]",
        discussion: """
            --key names the signer's private key and the recipient's key, in one file or several. Both need a kid, \
            which the token names.
            """)

    @OptionGroup var keys: NestedKeyOptions

    @Option(help: ArgumentHelp("How the token is signed. (default: the signing key's own)", valueName: "alg"))
    var signAlg: AlgorithmName<SignatureAlgorithm>?

    @Option(help: ArgumentHelp("How the content key reaches the recipient. (default: the key's own)", valueName: "alg"))
    var alg: AlgorithmName<KeyManagementAlgorithm>?

    @Option(help: ArgumentHelp("How the content is encrypted. (default: A256GCM)", valueName: "enc"))
    var enc: AlgorithmName<ContentEncryptionAlgorithm>?

    @Option(help: ArgumentHelp("The typ of the signed token.", valueName: "type"))
    var typ = "at+jwt"

    @OptionGroup var claims: ClaimsInput
    @OptionGroup var output: OutputOptions

    func run() throws {
        let jwks = try keys.load()
        let content = enc?.algorithm ?? .a256GCM
        let signing = try KeyChoice.choose(
            from: jwks.filter { $0.isPrivate && NestedKeys.maySign($0) }, kid: keys.signKid, job: "signing"
        ) { try KeyBinding.signing($0, named: signAlg?.name) }
        let encryption = try KeyChoice.choose(
            from: jwks.filter(NestedKeys.mayEncrypt), kid: keys.kid, job: "encrypting"
        ) { try KeyBinding.encryption($0, algorithm: alg?.algorithm, contentEncryption: content) }
        let token = try NestedToken.seal(
            claims: try claims.read(now: Clock.now()), type: typ, signingKey: signing, encryptionKey: encryption,
            contentEncryption: content)
        output.print(["token": .string(token)]) { token }
    }
}
