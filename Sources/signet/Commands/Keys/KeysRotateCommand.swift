import ArgumentParser
import JOSE

/// `signet keys rotate`.
struct KeysRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Give a key ring, or all of them, a new key.",
        usage: "signet keys rotate (<ring> | --all) [<options>]",
        discussion: """
            New tokens use the new version at once. Tokens made before stay good until they expire.
            """)

    @Argument(help: ArgumentHelp("The ring's id, as `signet keys list` shows it.", valueName: "ring"))
    var ring: String?

    @Flag(help: "Rotate every ring.")
    var all = false

    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (ring == nil) == all else { throw ValidationError("Name a ring, or say --all.") }
    }

    func run() async throws {
        let client = try server.adminClient()
        let answer = try await client.call("POST", "/keys/rotate", body: ["ring": .string(ring ?? "all")])
        output.print(answer) { KeyList.table(answer["items"]?.arrayValue ?? answer["keys"]?.arrayValue ?? []) }
    }
}
