import ArgumentParser
import JOSE

/// `signet keys export`.
struct KeysExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Print a key version's private key, encrypted to somebody's public key.",
        usage: "signet keys export <kid> --wrap-to <jwkfile> [<options>]",
        discussion: """
            For escrow, or to move a key elsewhere. The result is a compact JWE around the private JWK; `signet jwe \
            decrypt` with the recipient's private key opens it. The audit log keeps who exported what to which key.
            """)

    @Argument(help: ArgumentHelp("The key version's kid, as `signet keys list` shows it.", valueName: "kid"))
    var kid: String

    @Option(
        help: ArgumentHelp(
            "A file with the recipient's public key (JWK), for RSA-OAEP or ECDH-ES.", valueName: "jwkfile"))
    var wrapTo: String

    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let path = try KeyList.path(of: kid)
        let keys = try KeyFile(wrapTo).keys
        guard let key = keys.first, keys.count == 1 else {
            throw CommandFailure.usage("--wrap-to: expected one key, got \(keys.count)")
        }
        // Of a private key only the public half leaves this machine; a shared secret has none.
        guard let recipient = key.publicJWK() else {
            throw CommandFailure.usage("--wrap-to: expected a public key for RSA-OAEP or ECDH-ES")
        }
        let body: JSONValue = ["wrap_to": .object(recipient.object(includingPrivate: false))]
        let answer = try await server.adminClient().call("POST", "\(path)/export", body: body)
        guard let token = answer["jwe"]?.stringValue else {
            throw CommandFailure.unavailable("the server answered without a JWE")
        }
        output.print(answer) { token }
    }
}
