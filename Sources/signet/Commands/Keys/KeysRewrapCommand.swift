import ArgumentParser
import JOSE

/// `signet keys rewrap`.
struct KeysRewrapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rewrap",
        abstract: "Seal everything in the store anew by a new data key.",
        usage: "signet keys rewrap [--no-wait] [<options>]",
        discussion: """
            Where a device wraps the root key, it wraps it anew by the newest version of its key first; then it does the \
            same for each key of profile kms-sealed. The work goes on in the background, also after a restart, and \
            refuses no token; when it is done, the old data keys are deleted. What does not open, or what the device does \
            not wrap, is listed and left as it is, and the old data keys are kept; the status is 1 then, and the next run \
            does the rest. While one rewrap goes on, this waits for it and begins no other.
            """)

    @Flag(help: "Return as soon as it has begun.")
    var noWait = false

    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let client = try server.adminClient()
        var progress = try await client.call("POST", "/keys/rewrap", within: AdminClient.keyMakingTime)
        var told = ""
        while !noWait, Self.state(progress) == "running" {
            // How much there is to do is known a moment later.
            if let line = Self.count(progress), line != told, !output.json {
                StandardStreams.complain("signet: \(line)")
                told = line
            }
            try await Task.sleep(for: .milliseconds(200))
            progress = try await client.call("GET", "/keys/rewrap")
        }
        guard Self.state(progress) == "incomplete" else { return output.print(progress) { Self.text(progress) } }
        if !output.json { output.print(progress) { Self.text(progress) } }
        var failure = CommandFailure.refused(
            "rewrap-incomplete",
            "\(Self.number(progress, "failed")) values could not be sealed anew: they and the old data keys were kept")
        failure.result = progress
        throw failure
    }

    private static func state(_ progress: JSONValue) -> String { progress["state"]?.stringValue ?? "" }

    private static func number(_ progress: JSONValue, _ name: String) -> Int64 { progress[name]?.integerValue ?? 0 }

    private static func count(_ progress: JSONValue) -> String? {
        let total = number(progress, "total")
        return total == 0 ? nil : "\(number(progress, "done")) of \(total) values"
    }

    private static func text(_ progress: JSONValue) -> String {
        let failures = progress["failures"]?.arrayValue ?? []
        guard state(progress) != "running" else { return count(progress).map { "running: \($0)" } ?? "begun" }
        guard !failures.isEmpty else { return "sealed \(number(progress, "done")) values anew" }
        var table = TextTable(["TABLE", "ROW", "CODE"])
        for failure in failures { table.append(["table", "row", "code"].map { failure[$0]?.stringValue ?? "-" }) }
        return table.lines.joined(separator: "\n")
    }
}
