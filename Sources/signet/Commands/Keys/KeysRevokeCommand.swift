import ArgumentParser
import JOSE

/// `signet keys revoke`.
struct KeysRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Refuse one key version from now on, and every token made with it.",
        usage: "signet keys revoke <kid> [--reason <text>] [<options>]",
        discussion: "If it was its ring's active version, the ring gets a new one.")

    @Argument(help: ArgumentHelp("The key version's kid, as `signet keys list` shows it.", valueName: "kid"))
    var kid: String

    @Option(help: ArgumentHelp("Why, for the audit log.", valueName: "text"))
    var reason: String?

    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let path = try KeyList.path(of: kid)
        var body = JSONObject()
        if let reason { body["reason"] = .string(reason) }
        _ = try await server.adminClient().call("POST", "\(path)/revoke", body: .object(body))
        output.print(["kid": .string(kid), "state": "revoked"]) { "revoked \(kid)" }
    }
}
