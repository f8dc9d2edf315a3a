import ArgumentParser
import JOSE

/// `signet jwt decode`.
struct JWTDecodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode",
        abstract: "Show what can be seen of a token, without checking it.",
        discussion: """
            Of a signed token that is everything; it is marked as not verified. Of an encrypted token it is the header \
            alone: with the recipient's private key, --key, the claims are shown too. What is shown proves nothing: \
            `signet jwt verify` and `signet jwt open` check.
            """)

    @Option(
        help: ArgumentHelp(
            "A file with the recipient's private key, JWK or JWKS. May be repeated.", valueName: "jwkfile"))
    var key: [String] = []

    @Argument(help: ArgumentHelp("The token; standard input without it.", valueName: "file"))
    var file: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let token = try TokenPeek.read(file)
        let peek = try TokenPeek(token)
        switch peek.form {
        case .jws: try showSigned(peek, around: nil)
        case .jwe where key.isEmpty: showSealed(peek)
        case .jwe: try open(token, peek)
        }
    }

    /// A JWE whose key we don't have.
    private func showSealed(_ peek: TokenPeek) {
        output.print(["form": "JWE", "header": .object(peek.header), "claims": "sealed"]) {
            """
            header (JWE, encrypted):
            \(JSONValue.object(peek.header).serializedString(pretty: true))
            claims: sealed. They can't be read without the recipient's private key\(named(peek)).
            """
        }
    }

    private func named(_ peek: TokenPeek) -> String {
        peek.kid.map { " (kid \(KeyChoice.quoted($0)))" } ?? ""
    }

    private func open(_ token: String, _ peek: TokenPeek) throws {
        let opened = try Verification.decrypt(
            token, keys: try KeyFile.keys(key).filter(NestedKeys.mayEncrypt), kid: nil, allowed: nil,
            contentEncryption: nil)
        guard let text = String(validating: opened.plaintext, as: UTF8.self), let inner = try? TokenPeek(text),
            inner.form == .jws
        else {
            return showPlaintext(peek, opened.plaintext)
        }
        try showSigned(inner, around: peek)
    }

    private func showSigned(_ peek: TokenPeek, around outer: TokenPeek?) throws {
        let claims: JSONObject
        do {
            claims = try JSONObject(parsing: try peek.payload())
        } catch let error as JOSEError {
            throw CommandFailure.malformed(error.code.rawValue, "the claims: \(error.reason)")
        }
        var value: JSONObject = ["form": .string((outer ?? peek).form.rawValue)]
        if let outer { value["header"] = .object(outer.header) }
        value[outer == nil ? "header" : "signed_header"] = .object(peek.header)
        value["claims"] = .object(claims)
        value["dates"] = .object(ClaimsText.dates(claims))
        value["verified"] = false
        output.print(.object(value)) {
            var lines: [String] = []
            if let outer {
                lines = ["header (JWE, opened with your key):", pretty(outer.header)]
            }
            lines += ["header (JWS, signed by \(peek.header["alg"]?.stringValue.map(KeyChoice.quoted) ?? "nothing")):"]
            lines += [pretty(peek.header), "claims (NOT VERIFIED: anyone can have written them):"]
            lines += [ClaimsText.describe(claims, now: Clock.now())]
            return lines.joined(separator: "\n")
        }
    }

    /// A JWE around something else than a signed token.
    private func showPlaintext(_ peek: TokenPeek, _ plaintext: [UInt8]) {
        let text = String(validating: plaintext, as: UTF8.self)
        let value: JSONValue = [
            "form": "JWE", "header": .object(peek.header), "plaintext": .string(Base64URL.encode(plaintext)),
            "verified": false,
        ]
        output.print(value) {
            """
            header (JWE, opened with your key):
            \(pretty(peek.header))
            content (NOT SIGNED: anyone who knows the recipient's public key can have written it):
            \(text ?? "\(plaintext.count) octets that are no text")
            """
        }
    }

    private func pretty(_ object: JSONObject) -> String { JSONValue.object(object).serializedString(pretty: true) }
}
