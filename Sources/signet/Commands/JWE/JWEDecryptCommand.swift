import ArgumentParser
import JOSE

/// `signet jwe decrypt`.
struct JWEDecryptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decrypt",
        abstract: "Decrypt a token and print its plaintext.",
        usage: "signet jwe decrypt --key <jwkfile> ... [<options>] [<file>]",
        discussion: """
            Without --alg and --enc a key allows what its own alg says, or else what its type can do; dir and HPKE only \
            when the key's alg or --alg says so.
            """)

    @OptionGroup var keys: KeyOptions
    @OptionGroup var accepted: DecryptionOptions
    @OptionGroup var form: TokenFormOptions

    @Argument(help: ArgumentHelp("The token; standard input without it.", valueName: "file"))
    var file: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let verification = Verification(keys: try keys.load(), kid: keys.kid)
        let (token, form) = try form.read(file)
        let opened = try verification.decrypt(
            token, as: form, allowed: try accepted.allowed(), policy: try accepted.policy())
        guard output.json else { return StandardStreams.write(opened.plaintext) }
        var object: JSONObject = [
            "header": .object(opened.header), "kid": opened.keyID.map { .string($0) } ?? .null,
            "plaintext": .string(Base64URL.encode(opened.plaintext)),
        ]
        if !opened.unprotectedHeader.isEmpty { object["unprotected"] = .object(opened.unprotectedHeader) }
        if let aad = opened.additionalData { object["aad"] = .string(Base64URL.encode(aad)) }
        output.print(.object(object)) { "" }
    }
}
