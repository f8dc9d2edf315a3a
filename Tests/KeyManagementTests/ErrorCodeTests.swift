import Foundation
import Testing

@testable import KeyManagement

@Suite("Error codes of keys and devices")
struct ErrorCodeTests {
    @Test("are each documented, and nothing else is")
    func documented() throws {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        let text = try String(contentsOf: root.appendingPathComponent("docs/key-errors.md"), encoding: .utf8)
        let documented = text.split(separator: "\n").filter { $0.hasPrefix("| `") }.compactMap { line in
            line.split(separator: "`").dropFirst().first.map(String.init)
        }
        let codes = KeyError.Code.allCases.map(\.rawValue) + ProviderError.Code.allCases.map(\.rawValue)
        #expect(documented.sorted() == codes.sorted())
    }
}
