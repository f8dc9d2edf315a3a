import Foundation
import Testing

@Suite("Snippets of the documentation")
struct SnippetTests {
    @Test("print what their comments say", arguments: Snippet.all)
    func printed(snippet: Snippet) async throws {
        let claims = try snippet.claims()
        #expect(!claims.isEmpty)
        #expect(try await Printed.lines(of: snippet.run) == claims)
    }

    @Test("are all run")
    func all() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Snippet.folder.path)
        #expect(files.sorted() == Snippet.all.map { "\($0.name).swift" }.sorted())
    }
}
