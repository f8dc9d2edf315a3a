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
        // A kid from elsewhere must not choose another path of the management API.
        guard !kid.isEmpty, kid.utf8.allSatisfy(Self.isKeyIDByte) else {
            throw CommandFailure.usage("expected a kid of letters, digits, - and _")
        }
        var body = JSONObject()
        if let reason { body["reason"] = .string(reason) }
        _ = try await server.adminClient().call("POST", "/keys/\(kid)/revoke", body: .object(body))
        output.print(["kid": .string(kid), "state": "revoked"]) { "revoked \(kid)" }
    }

    private static func isKeyIDByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
