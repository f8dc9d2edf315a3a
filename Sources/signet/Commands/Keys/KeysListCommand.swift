import ArgumentParser
import JOSE

/// `signet keys list`.
struct KeysListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the key rings and the versions of their keys.",
        discussion: """
            A ring is one key with one purpose and one algorithm; its versions follow each other. pending: made, not \
            published; next: published, waits for its turn; active: makes new tokens; retiring: only checks and opens \
            tokens made before; retired: out of use; revoked: refused.
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let keys = try await KeyList.all(from: try server.adminClient())
        output.print(["items": .array(keys)]) { KeyList.table(keys) }
    }
}
