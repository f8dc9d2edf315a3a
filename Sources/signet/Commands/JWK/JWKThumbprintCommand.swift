import ArgumentParser
import JOSE

/// `signet jwk thumbprint`.
struct JWKThumbprintCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "thumbprint",
        abstract: "Print the thumbprint of a key, or of each key of a set (RFC 7638).",
        discussion: "The thumbprint of a symmetric key is a digest of the secret: do not publish it.")

    /// The library's own type can't conform to the parser's protocol without making it part of a public surface.
    enum Hash: String, ExpressibleByArgument, CaseIterable {
        case sha256 = "sha-256"
        case sha384 = "sha-384"
        case sha512 = "sha-512"
    }

    @Option(help: "The hash.")
    var hash: Hash = .sha256

    @Flag(help: "Print the URI of RFC 9278.")
    var uri = false

    @Argument(help: ArgumentHelp("A JWK or JWKS; standard input without it.", valueName: "file"))
    var file: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let keys = try KeyFile(file).keys
        if keys.contains(where: { $0.keyType == "oct" }) {
            StandardStreams.complain("signet: the thumbprint of a symmetric key is a digest of the secret")
        }
        let hash = ThumbprintHash(rawValue: hash.rawValue) ?? .sha256
        let thumbprints = keys.map { uri ? $0.thumbprintURI(hash) : $0.thumbprint(hash) }
        output.print(
            .array(
                zip(keys, thumbprints).map { key, thumbprint in
                    ["kid": key.kid.map { .string($0) } ?? .null, "thumbprint": .string(thumbprint)]
                })
        ) {
            thumbprints.joined(separator: "\n")
        }
    }
}
