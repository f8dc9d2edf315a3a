import Foundation
import JOSE
import Testing

@testable import Resources

@Suite("Export")
struct ExportTests {
    /// Each golden file is in the one style that export writes: reading and writing it gives the same octets.
    static let goldens = ["demo", "everything"]

    @Test("writes a document in one style", arguments: goldens)
    func style(name: String) throws {
        let text = try golden("\(name).yaml")
        let documents = try ResourceParser.parse(yaml: text, file: "\(name).yaml")
        #expect(YAMLWriter.text(of: documents.map { $0.json(.concise) }) == text)
    }

    @Test("stores every field with its value", arguments: goldens)
    func full(name: String) throws {
        let documents = try ResourceParser.parse(yaml: try golden("\(name).yaml"), file: "\(name).yaml")
        let text = documents.map { JSONValue.object($0.json(.full)).serializedString(pretty: true) + "\n" }.joined()
        #expect(text == (try golden("\(name).json", else: text)))
    }

    @Test("reads each form to the same document", arguments: goldens)
    func forms(name: String) throws {
        let documents = try ResourceParser.parse(yaml: try golden("\(name).yaml"), file: "\(name).yaml")
        for form in [SpecForm.full, .concise] {
            let values = documents.map { JSONValue.object($0.json(form)) }
            #expect(try ResourceParser.parse(documents: values) == documents)
            let yaml = YAMLWriter.text(of: documents.map { $0.json(form) })
            #expect(try ResourceParser.parse(yaml: yaml, file: "x") == documents)
        }
    }

    @Test("applied again changes nothing, here and in an empty store", arguments: goldens)
    func noOp(name: String) async throws {
        let sandbox = try await Sandbox()
        try await sandbox.apply(try golden("\(name).yaml"))
        let exported = YAMLWriter.text(of: try await sandbox.resources.export().map { $0.json(.concise) })
        let again = try await sandbox.apply(exported, prune: true)
        #expect(Set(again.changes.map(\.action)) == [.unchanged])
        let other = try await Sandbox()
        try await other.apply(exported)
        #expect(YAMLWriter.text(of: try await other.resources.export().map { $0.json(.concise) }) == exported)
    }

    @Test("holds no secret")
    func noSecret() async throws {
        let sandbox = try await Sandbox()
        let secret = try #require(try await sandbox.apply(Sample.demo).secrets.first)
        let exported = YAMLWriter.text(of: try await sandbox.resources.export().map { $0.json(.full) })
        #expect(!exported.contains(secret.revealed))
        #expect(!exported.contains("digest"))
    }

    static let texts: [String] = [
        "", "a", "true", "Yes", "null", "~", "5", "5m", "1e3", "0x1f", "12:30:45", "2001-01-01", "-", "- a", "a: b",
        "a #b", "#a", "a:", "*a", "&a", "!a", "[a", "{a}", "a,b", "'a", "\"a\"", "\\", "a\nb", " a", "a ", "\t",
        "zażółć", "🔑", "\u{2028}", "\u{85}", "\u{7f}", "\u{0}", "x\u{feff}", "%a", "@a", "`a", "|", ">", "?", "a?",
        "https://a.example/b", "urn:a:b", "1.2.3.4", "0o17", "1_000", "+1", ".5", "=", "<<", "1d", "0b1", "0x",
        "y", "N", "OFF", "10B", "1f",
    ]

    @Test("writes any text so that it reads the same", arguments: texts)
    func anyText(text: String) throws {
        var keyed = JSONObject()
        if text != "<<" { keyed["k\(text)"] = .string(text) }
        let object: JSONObject = ["k": .string(text), "l": [.string(text), .object(keyed), [.string(text)]]]
        let yaml = YAMLWriter.text(of: [["root": .object(object)]])
        let document = try #require(try YAMLDocument.parse(yaml, file: nil).first)
        #expect(document.root.json?["root"]?["k"]?.stringValue == text)
        #expect(document.root.json?["root"] == .object(object))
    }

    private func golden(_ name: String, else text: String? = nil) throws -> String {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = tests.appendingPathComponent("Golden/Resources/\(name)")
        if let text, ProcessInfo.processInfo.environment["SIGNET_UPDATE_GOLDEN"] != nil {
            try Data(text.utf8).write(to: file)
        }
        return try String(contentsOf: file, encoding: .utf8)
    }
}
