import ArgumentParser
import JOSE

/// `signet clients secret`.
struct ClientsSecretCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret",
        abstract: "Make a new secret for a client; the old one stops working at once.",
        usage: "signet clients secret <name> [--secrets-to <file>] [<options>]",
        discussion: """
            The secret is shown once, here, and nothing else is; with --secrets-to it goes to a file that only you can \
            read, in place of the client's old one, in the form that `signet token` takes. Tokens that the client has \
            stay good: POST /admin/v1/revocations revokes them.
            """)

    @Argument(help: ArgumentHelp("The client's name.", valueName: "name"))
    var name: String

    @Option(help: ArgumentHelp("Write the secret to this file instead of standard output.", valueName: "file"))
    var secretsTo: String?

    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let client = try server.adminClient()
        let file = try secretsTo.map { try CredentialsFile($0) }
        let path = "/clients/\(PercentEncoding.encode(name))"
        let auth = try await client.call("GET", path)["spec"]?["auth"]?.stringValue
        let answer = try await client.call("POST", "\(path)/secret")
        guard let id = answer["client_id"]?.stringValue, let secret = answer["client_secret"]?.stringValue else {
            throw CommandFailure.unavailable("\(client.server) answered without a secret's text")
        }
        guard let file, let secretsTo else { return output.print(answer) { secret } }
        let place = await TokenServer.url(client.server, issuer: answer["issuer"]?.stringValue)
        let method = auth.flatMap(SecretMethod.init) ?? .basic
        do {
            try file.merge(
                [.init(server: place, clientID: id, clientSecret: secret, auth: method)], methods: [:], at: place)
        } catch {
            // The server has only a digest: what is not shown now is lost.
            StandardStreams.complain("signet: the file of secrets could not be written, so the secret is shown here")
            output.print(answer) { secret }
            throw error
        }
        output.print(["client_id": .string(id), "secrets_file": .string(secretsTo)]) {
            "the new secret of client \(id) is in \(secretsTo)"
        }
    }
}
