import ArgumentParser
import Foundation
import Testing

@testable import signet

/// Golden files: a change of any help text shows in review. `SIGNET_WRITE_HELP=1 swift test …` writes them anew.
@Suite("Help")
struct HelpTests {
    static let commands: [[String]] = [
        [], ["serve"], ["token"], ["echo"], ["apply"], ["export"], ["clients"], ["clients", "secret"], ["keys"],
        ["keys", "list"], ["keys", "rotate"],
        ["keys", "revoke"], ["keys", "create"], ["keys", "timeline"], ["keys", "rewrap"], ["keys", "protect"],
        ["keys", "export"], ["jwk"], ["jwk", "generate"],
        ["jwk", "public"], ["jwk", "thumbprint"], ["jwk", "convert"],
        ["jws"], ["jws", "sign"], ["jws", "verify"], ["jwe"], ["jwe", "encrypt"], ["jwe", "decrypt"], ["jwt"],
        ["jwt", "decode"], ["jwt", "sign"], ["jwt", "verify"], ["jwt", "seal"], ["jwt", "open"], ["bench"],
        ["bench", "tokens"], ["bench", "gateway"],
    ]

    @Test("Every command's help is what its golden file says, and leaves with status 0", arguments: commands)
    func golden(command: [String]) throws {
        let result = try Program.run(command + ["--help"])
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)
        let name = (["signet"] + command).joined(separator: "-") + ".txt"
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Help/\(name)")
        if ProcessInfo.processInfo.environment["SIGNET_WRITE_HELP"] != nil {
            try Data(result.output).write(to: file)
        }
        let expected = try #require(try? String(contentsOf: file, encoding: .utf8), "no golden file \(name)")
        #expect(result.text == expected)
    }

    @Test("Every command has a golden file, and every golden file a command")
    func complete() throws {
        let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Help")
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
        #expect(files == Self.commands.map { (["signet"] + $0).joined(separator: "-") + ".txt" }.sorted())
        #expect(Set(Self.paths(of: Signet.self, [])) == Set(Self.commands))
    }

    @Test("No line of help is wider than the terminal that it was made for", arguments: commands)
    func width(command: [String]) throws {
        for line in try Program.run(command + ["--help"]).text.split(separator: "\n") {
            #expect(line.count <= 100, "\(line)")
        }
    }

    private static func paths(of command: any ParsableCommand.Type, _ path: [String]) -> [[String]] {
        let configuration = command.configuration
        guard configuration.shouldDisplay else { return [] }
        let below = configuration.subcommands
        return [path] + below.flatMap { paths(of: $0, path + [$0.configuration.commandName ?? ""]) }
    }
}
