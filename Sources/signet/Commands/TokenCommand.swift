import ArgumentParser
import JOSE

/// `signet token`.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Get an access token and print it, and nothing else.",
        usage: "signet token [--client <id> (--secret-file <file> | --key <jwkfile>)] [<options>]",
        discussion: """
            Asks the authorization server as a client (grant client_credentials). Who that is and its secret are in a \
            file that `signet apply --secrets-to` writes; with several clients in it --client names one. A client of \
            several APIs names one by --resource.
            """)

    @Option(help: ArgumentHelp("The client's id.", valueName: "id"))
    var client: String?

    @Option(help: ArgumentHelp("A file with the client's secret, and nothing else.", valueName: "file"))
    var secretFile: String?

    @Option(
        help: ArgumentHelp(
            "How the secret is sent: the client's auth. (default: that of the credentials, else client_secret_basic)",
            valueName: "auth"))
    var auth: SecretMethod?

    @Option(
        help: ArgumentHelp("A file with the client's private key (JWK), for private_key_jwt.", valueName: "jwkfile"))
    var key: String?

    @Option(
        help: ArgumentHelp(
            "Which API the token is for: its audience. (default: the client's only one)",
            valueName: "uri"))
    var resource: String?

    @Option(
        help: ArgumentHelp(
            "What the token is for, separated by spaces. (default: all that the client may)",
            valueName: "scope"))
    var scope: String?

    @Option(help: ArgumentHelp("A file of client credentials. (default: DATA/demo/client.json)", valueName: "file"))
    var credentials: String?

    @Option(
        help: ArgumentHelp(
            "The server's control URL. (default: SIGNET_SERVER, else that of the credentials, else http://127.0.0.1:8081)",
            valueName: "url"))
    var server: String?

    @OptionGroup var place: DataOption
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if secretFile != nil, key != nil { throw ValidationError("Give --secret-file or --key, not both.") }
        if auth != nil, key != nil { throw ValidationError("--auth is for secrets; a key goes by private_key_jwt.") }
        if client == nil, secretFile != nil || key != nil { throw ValidationError("Say whose it is by --client.") }
    }

    func run() async throws {
        let request = try tokenRequest()
        let answer = try await request.send()
        guard let token = answer["access_token"]?.stringValue else {
            throw CommandFailure.unavailable("\(request.server) answered without an access token")
        }
        output.print(answer) { token }
    }

    private func tokenRequest() throws -> TokenRequest {
        if let client, secretFile != nil || key != nil {
            let credential: TokenRequest.Credential
            if let secretFile {
                credential = .secret(try Self.secret(secretFile), auth ?? .basic)
            } else {
                credential = .key(try clientKey())
            }
            return TokenRequest(
                server: try ServerURL.choose(server), clientID: client, credential: credential, resource: resource,
                scope: scope)
        }
        let isServerNamed = server != nil || ProcessEnvironment.all["SIGNET_SERVER"] != nil
        let named = isServerNamed ? try ServerURL.choose(server) : nil
        let entry = try entry(of: named)
        return TokenRequest(
            server: try named ?? ServerURL.choose(entry.server), clientID: entry.clientID,
            credential: .secret(entry.clientSecret, auth ?? entry.auth), resource: resource, scope: scope)
    }

    /// The one client in the file of credentials of this name, if one was given, and of this server.
    private func entry(of named: String?) throws -> ClientCredentials.Entry {
        let path = credentials ?? DataDirectory(place.data).file("demo/client.json")
        let file = try ClientCredentials(parsing: try credentialBytes(path), name: path)
        let fitting = file.clients.filter { client == nil || $0.clientID == client }
        // A server may have several names. With clients of several servers in the file, the secret of one must not go to
        // another.
        let isOfOneServer = Set(file.clients.map(\.server)).count == 1
        var entries = fitting.filter { named == nil || $0.server == named }
        if entries.isEmpty, isOfOneServer { entries = fitting }
        guard Set(entries.map(\.clientID)).count < 2 else {
            let names = entries.map(\.clientID).joined(separator: ", ")
            throw CommandFailure.usage("\(path) has the clients \(names): name one by --client")
        }
        guard let entry = entries.first else {
            let whose = client.map { "client \($0)" } ?? "client"
            throw CommandFailure.notPermitted(
                "\(path) has no \(whose)\(named.map { " of \($0)" } ?? ""); name another file by --credentials, or the "
                    + "client and its secret by --client and --secret-file")
        }
        return entry
    }

    private func clientKey() throws -> SigningKey {
        try KeyChoice.choose(from: try KeyFile(key).keys, kid: nil, job: "signing") { jwk in
            try KeyBinding.signing(jwk, named: nil)
        }
    }

    private static func secret(_ path: String) throws -> String {
        let bytes = try Input.file(path)
        guard (try? ClientCredentials(parsing: bytes, name: path)) == nil else {
            throw CommandFailure.malformed(
                "credentials-invalid",
                "\(path) is a file of client credentials, not of one secret: name it by --credentials instead")
        }
        guard bytes.count <= 4096 else {
            throw CommandFailure.malformed("input-too-large", "\(path) is longer than 4096 octets")
        }
        guard let text = String(validating: Input.trimmedText(bytes), as: UTF8.self), !text.isEmpty else {
            throw CommandFailure.malformed("credentials-invalid", "\(path) holds no secret")
        }
        return text
    }

    private func credentialBytes(_ path: String) throws -> [UInt8] {
        do {
            return try Input.file(path)
        } catch let failure as CommandFailure where failure.status == .usage {
            let advice =
                credentials == nil
                ? "name such a file by --credentials, or the data directory by --data"
                : "`signet apply --secrets-to` writes it"
            throw CommandFailure.notPermitted("\(failure.reason); \(advice)")
        }
    }
}
