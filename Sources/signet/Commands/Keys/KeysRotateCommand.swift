import ArgumentParser
import JOSE

/// `signet keys rotate`.
struct KeysRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Give every key ring, or one of them, a new key.",
        usage: "signet keys rotate [<ring>] [<options>]",
        discussion: """
            New tokens use the new version at once. Tokens made before stay good until they expire.
            """)

    @Argument(help: ArgumentHelp("One ring's id, as `signet keys list` shows it. (default: all)", valueName: "ring"))
    var ring: String?

    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let client = try server.adminClient()
        let answer = try await client.call("POST", "/keys/rotate", body: ["ring": .string(ring ?? "all")])
        output.print(answer) { KeyList.table(answer["items"]?.arrayValue ?? []) }
    }
}
