import ArgumentParser
import JOSE

/// `signet jws verify`.
struct JWSVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check a token's signature and print its payload.",
        usage: "signet jws verify --key <jwkfile> ... --alg <alg,…> [<options>] [<file>]",
        discussion: """
            Prints the payload's octets, and nothing at all when the signature does not hold. Of several signatures \
            one has to hold with the given keys, or with --every all of them.
            """)

    @OptionGroup var keys: KeyOptions

    @Option(help: ArgumentHelp("The algorithms that are accepted, separated by commas.", valueName: "alg,…"))
    var alg: AlgorithmList<SignatureAlgorithm>

    @OptionGroup var form: TokenFormOptions

    @Option(help: ArgumentHelp("The payload of a token that does not carry it.", valueName: "file"))
    var payload: String?

    @Flag(help: "Every signature has to hold.")
    var every = false

    @Argument(help: ArgumentHelp("The token; standard input without it.", valueName: "file"))
    var file: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let allowed = try alg.algorithms(for: "signatures")
        let (token, form) = try form.read(file)
        let verification = Verification(
            keys: form == .compact ? try keys.loadUnmixed() : try keys.load(), kid: keys.kid)
        let detached = try payload.map { try Input.read($0, limit: Input.payloadLimit) }
        let verified = try verification.verify(
            token, as: form, detachedPayload: detached, allowed: allowed, policy: .commandLine(allowed),
            requiring: every ? .every : .anyOne)
        guard output.json else { return StandardStreams.write(verified.payload) }
        output.print(.object(Self.json(verified))) { "" }
    }

    private static func json(_ verified: VerifiedJWS) -> JSONObject {
        var object: JSONObject = [
            "header": .object(verified.header), "kid": verified.keyID.map { .string($0) } ?? .null,
            "payload": .string(Base64URL.encode(verified.payload)),
        ]
        if !verified.unprotectedHeader.isEmpty { object["unprotected"] = .object(verified.unprotectedHeader) }
        if !verified.others.isEmpty {
            object["others"] = .array(
                verified.others.map { other in
                    [
                        "header": .object(other.header.protected), "kid": other.keyID.map { .string($0) } ?? .null,
                    ]
                })
        }
        return object
    }
}
