import ArgumentParser
import JOSE

/// `signet keys timeline`.
struct KeysTimelineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timeline",
        abstract: "Show what happened to the keys of every ring, and what is planned.",
        usage: "signet keys timeline [<ring>] [<options>]",
        discussion:
            "Planned moments follow from the turn of a key, keys.interval, and the time it is published ahead, keys.lead."
    )

    @Argument(help: ArgumentHelp("One ring's id, as `signet keys list` shows it. (default: all)", valueName: "ring"))
    var ring: String?

    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let answer = try await server.adminClient().call("GET", "/keys/timeline")
        let all = answer["rings"]?.arrayValue ?? []
        let chosen = all.filter { ring == nil || $0["ring"]?.stringValue == ring }
        if chosen.isEmpty, let ring {
            throw CommandFailure.refused("resource-not-found", "there is no key ring \(KeyChoice.quoted(ring))")
        }
        output.print(["rings": .array(chosen)]) { Self.text(chosen) }
    }

    private static func text(_ rings: [JSONValue]) -> String {
        rings.map { ring in
            var table = TextTable(["", "VERSION", "STATE", "KID", "WHEN", "WHAT"], alignRight: [1])
            for version in ring["versions"]?.arrayValue ?? [] {
                for event in version["events"]?.arrayValue ?? [] {
                    let isPlanned = event["planned"]?.boolValue ?? false
                    table.append([
                        " ", version["number"]?.integerValue.map { String($0) } ?? "-",
                        version["state"]?.stringValue ?? "-", version["kid"]?.stringValue ?? "-",
                        event["at"]?.stringValue ?? "-",
                        (event["event"]?.stringValue ?? "-") + (isPlanned ? " (planned)" : ""),
                    ])
                }
            }
            return ([ring["ring"]?.stringValue ?? ""] + table.lines).joined(separator: "\n")
        }.joined(separator: "\n\n")
    }
}
