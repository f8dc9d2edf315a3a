import ArgumentParser
import JOSE

/// `signet jwk thumbprint`.
struct JWKThumbprintCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "thumbprint",
        abstract: "Print the SHA-256 thumbprint of a key, or of each key of a set (RFC 7638).",
        discussion: "The thumbprint of a symmetric key is a digest of the secret: do not publish it.")

    @Argument(help: ArgumentHelp("A JWK or JWKS; standard input without it.", valueName: "file"))
    var file: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let keys = try KeyFile(file).keys
        if keys.contains(where: { $0.keyType == "oct" }) {
            StandardStreams.complain("signet: the thumbprint of a symmetric key is a digest of the secret")
        }
        output.print(
            .array(keys.map { ["kid": $0.kid.map { .string($0) } ?? .null, "thumbprint": .string($0.thumbprint())] })
        ) {
            keys.map { $0.thumbprint() }.joined(separator: "\n")
        }
    }
}
