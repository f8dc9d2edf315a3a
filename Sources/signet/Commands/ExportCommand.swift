import ArgumentParser
import Egress
import JOSE

/// `signet export`.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Print a server's APIs and clients, as `signet apply` takes them.",
        discussion: "Secrets are never in it. Applying it again changes nothing.")

    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let client = try server.adminClient()
        if output.json {
            let answer = try await client.call("GET", "/export")
            StandardStreams.writeLine(answer.serializedString(pretty: true))
        } else {
            let response = try await client.send("GET", "/export?format=yaml", accept: "application/yaml")
            StandardStreams.write(response.body)
        }
    }
}
