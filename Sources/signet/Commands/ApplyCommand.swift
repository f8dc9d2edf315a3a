import ArgumentParser
import JOSE
import Resources

/// `signet apply`.
struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Make a server's APIs and clients what files say.",
        usage: "signet apply --file <file|dir> ... [--prune] [--dry-run] [<options>]",
        discussion: """
            All documents are checked together and applied in one step, or none is; the running gateway takes the \
            change without dropping a connection. The secret of a new client is shown once, here; with --secrets-to it \
            goes to a file that only you can read, in the form that `signet token` takes, beside the clients that are in \
            that file already. Applying again keeps secrets; `signet clients secret` makes a new one.
            """)

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "A file of YAML or JSON documents, a directory of such files, or - for standard input. May be repeated.",
            valueName: "file|dir"))
    var file: [String]

    @Flag(help: "Delete the resources that no document names.")
    var prune = false

    @Flag(help: "Check and tell what would change, and change nothing.")
    var dryRun = false

    @Option(help: ArgumentHelp("Write new client secrets to this file instead of standard output.", valueName: "file"))
    var secretsTo: String?

    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let documents = try DocumentFiles.read(file)
        let client = try server.adminClient()
        let secretsFile = dryRun ? nil : try secretsTo.map { try CredentialsFile($0) }
        let query = [prune ? "prune=true" : nil, dryRun ? "dry_run=true" : nil].compactMap { $0 }
        let body: JSONValue = ["documents": .array(documents.map { .object($0.json(.concise)) })]
        let path = "/apply" + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
        let answer: JSONValue
        do {
            answer = try await client.call("POST", path, body: body, within: AdminClient.keyMakingTime)
        } catch let failure as CommandFailure {
            throw DocumentFiles.located(failure, documents)
        }
        try await report(answer, documents, client, to: secretsFile)
    }

    private func report(
        _ answer: JSONValue, _ documents: [ResourceDocument], _ client: AdminClient,
        to secretsFile: CredentialsFile?
    ) async throws {
        let methods = SecretMethod.ofClients(in: documents)
        guard let file = secretsFile else {
            let secrets = try Self.secrets(of: answer, server: client.server, methods: methods)
            return output.print(answer) { text(answer, secrets: secrets) }
        }
        let place = await TokenServer.url(client.server, issuer: answer["issuer"]?.stringValue)
        let secrets = try Self.secrets(of: answer, server: place, methods: methods)
        do {
            try file.merge(secrets, methods: methods, at: place)
        } catch {
            guard !secrets.isEmpty else { throw error }
            // The server has only digests: what is not shown now is lost.
            StandardStreams.complain("signet: the file of secrets could not be written, so they are shown here")
            output.print(answer) { text(answer, secrets: secrets) }
            throw error
        }
        guard !secrets.isEmpty else { return output.print(answer) { text(answer, secrets: []) } }
        output.print(Self.withoutSecrets(answer, writtenTo: secretsTo ?? "")) {
            text(answer, secrets: [], written: secrets.count)
        }
    }

    private static func secrets(
        of answer: JSONValue, server: String, methods: [String: SecretMethod]
    ) throws -> [ClientCredentials.Entry] {
        try (answer["secrets"]?.arrayValue ?? []).map { secret in
            guard let id = secret["client_id"]?.stringValue, let text = secret["client_secret"]?.stringValue else {
                throw CommandFailure.unavailable("\(server) answered without a secret's text")
            }
            return ClientCredentials.Entry(
                server: server, clientID: id, clientSecret: text, auth: methods[id] ?? .basic)
        }
    }

    private func text(_ answer: JSONValue, secrets: [ClientCredentials.Entry], written: Int = 0) -> String {
        var lines = (answer["changes"]?.arrayValue ?? []).map { change in
            let words = ["kind", "name", "action"].compactMap { change[$0]?.stringValue }
            let revision = change["revision"]?.integerValue.map { " (revision \($0))" } ?? ""
            return words.joined(separator: " ") + revision
        }
        if dryRun { lines.append("nothing was changed: --dry-run") }
        lines += secrets.map { "secret of client \($0.clientID), shown only now: \($0.clientSecret)" }
        if let secretsTo, written > 0 {
            lines.append("\(written) new secret\(written == 1 ? "" : "s") in \(secretsTo)")
        }
        return lines.joined(separator: "\n")
    }

    private static func withoutSecrets(_ answer: JSONValue, writtenTo path: String) -> JSONValue {
        guard var object = answer.objectValue else { return answer }
        object["secrets"] = nil
        object["secrets_file"] = .string(path)
        return .object(object)
    }
}
