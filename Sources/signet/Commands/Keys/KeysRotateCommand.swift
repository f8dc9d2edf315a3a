import ArgumentParser
import JOSE

/// `signet keys rotate`.
struct KeysRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Give every key ring, or one of them, a new key; or make a new root key.",
        usage: "signet keys rotate [<ring>] [--emergency [--reason <text>]] [<options>]",
        discussion: """
            New tokens use the new version at once: the one that waits for its turn if there is one, else one made now. \
            Tokens made before stay good until they expire. With --emergency all old versions are revoked instead, and \
            every token that they made is refused from now on. Making many keys takes long, in a device above all: the \
            answer is waited for five minutes.

            The ring root is the root key, which seals everything in the store: the new one is protected as the old one \
            was, and no token is affected. Back up root.key together with the store afterwards.
            """)

    @Argument(
        help: ArgumentHelp("One ring's id, as `signet keys list` shows it, or root. (default: all)", valueName: "ring"))
    var ring: String?

    @Flag(help: "Revoke the old versions and every token made with them, at once.")
    var emergency = false

    @Option(help: ArgumentHelp("Why, for the audit log; with --emergency.", valueName: "text"))
    var reason: String?

    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if reason != nil, !emergency { throw ValidationError("--reason goes with --emergency.") }
    }

    func run() async throws {
        let client = try server.adminClient()
        var body: JSONObject = ["ring": .string(ring ?? "all")]
        if emergency { body["emergency"] = true }
        if let reason { body["reason"] = .string(reason) }
        let answer = try await client.call(
            "POST", "/keys/rotate", body: .object(body), within: AdminClient.keyMakingTime)
        output.print(answer) {
            if let root = answer["root_key"]?["id"]?.stringValue { return "rotated the root key, now \(root)" }
            let versions = KeyList.table(answer["items"]?.arrayValue ?? [])
            let waiting = (answer["without_key"]?.arrayValue ?? []).compactMap(\.stringValue)
            guard !waiting.isEmpty else { return versions }
            return versions + "\nno key until the device makes one, which is tried by itself: "
                + waiting.joined(separator: ", ")
        }
    }
}
