import ArgumentParser
import JOSE

/// `signet keys create`.
struct KeysCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make the next version of every key ring, or of one of them, ahead of its time.",
        usage: "signet keys create [<ring>] [<options>]",
        discussion: """
            Rings themselves are made when an API needs them. The new version is published two minutes later and used at \
            the end of the active one's turn, or at once by `signet keys rotate`.
            """)

    @Argument(help: ArgumentHelp("One ring's id, as `signet keys list` shows it. (default: all)", valueName: "ring"))
    var ring: String?

    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let answer = try await server.adminClient().call(
            "POST", "/keys", body: ["ring": .string(ring ?? "all")], within: AdminClient.keyMakingTime)
        output.print(answer) { KeyList.table(answer["items"]?.arrayValue ?? []) }
    }
}
