import ArgumentParser
import JOSE

/// `signet keys rewrap`.
struct KeysRewrapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rewrap",
        abstract: "Seal everything in the store anew by a new data key.",
        usage: "signet keys rewrap [--no-wait] [<options>]",
        discussion: """
            Where a device wraps the root key, it wraps it anew by the newest version of its key first. The work goes on \
            in the background, also after a restart, and refuses no token; when it is done, the old data keys are \
            deleted. Values that do not open are listed and left as they are, and the old data keys are kept; the status \
            is 1 then. While one rewrap goes on, this waits for it and begins no other.
            """)

    @Flag(help: "Return as soon as it has begun.")
    var noWait = false

    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let client = try server.adminClient()
        var progress = try await client.call("POST", "/keys/rewrap")
        var told = ""
        while !noWait, Self.state(progress) == "running" {
            let line = Self.count(progress)
            if line != told { StandardStreams.complain("signet: \(line)") }
            told = line
            try await Task.sleep(for: .milliseconds(200))
            progress = try await client.call("GET", "/keys/rewrap")
        }
        output.print(progress) { Self.text(progress) }
        guard Self.state(progress) == "incomplete" else { return }
        throw CommandFailure.refused(
            "rewrap-incomplete",
            "\(Self.number(progress, "failed")) sealed values do not open: they and the old data keys were kept")
    }

    private static func state(_ progress: JSONValue) -> String { progress["state"]?.stringValue ?? "" }

    private static func number(_ progress: JSONValue, _ name: String) -> Int64 { progress[name]?.integerValue ?? 0 }

    private static func count(_ progress: JSONValue) -> String {
        "\(number(progress, "done")) of \(number(progress, "total")) values"
    }

    private static func text(_ progress: JSONValue) -> String {
        let failures = progress["failures"]?.arrayValue ?? []
        guard state(progress) != "running" else { return "running: \(count(progress))" }
        guard !failures.isEmpty else { return "sealed \(number(progress, "done")) values anew" }
        var table = TextTable(["TABLE", "ROW", "CODE"])
        for failure in failures { table.append(["table", "row", "code"].map { failure[$0]?.stringValue ?? "-" }) }
        return table.lines.joined(separator: "\n")
    }
}
