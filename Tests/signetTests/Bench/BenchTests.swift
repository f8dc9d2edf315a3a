import Foundation
import JOSE
import Testing

@testable import signet

@Suite("Benchmarks")
struct BenchTests {
    @Test("A goal is met at its bound and missed beyond it")
    func goal() {
        func isMet(_ bound: Goal.Bound, _ measured: Double) -> Bool {
            Goal(name: "x", bound: bound, measured: measured, unit: "x").isMet
        }
        #expect(isMet(.atLeast(5), 5))
        #expect(!isMet(.atLeast(5), 4.99))
        #expect(isMet(.atMost(1.15), 1.15))
        #expect(!isMet(.atMost(1.15), 1.16))
        #expect(!isMet(.atMost(1.15), .nan))
        #expect(!isMet(.atLeast(5), .nan))
    }

    @Test("The table says of each goal what was measured and whether that is enough")
    func table() {
        let goals = [
            Goal(name: "open", bound: .atLeast(100_000), measured: 99_999, unit: "/s"),
            Goal(name: "proxy", bound: .atMost(1), measured: 0.82, unit: "x"),
        ]
        #expect(
            Goal.table(goals) == """
                GOAL                 MEASURED  MET
                open   >= 100000 /s     99999  NO
                proxy     <= 1.00 x      0.82  yes
                """)
    }

    @Test("Whatever instructions are counted of can be done by itself, and prints nothing", arguments: counted)
    func only(name: String) throws {
        let result = try Program.run(["bench", "tokens", "--only", name, "--count", "2"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.isEmpty)
        #expect(result.errors.isEmpty)
    }

    @Test("A peer that fails or says nothing useful is an unavailable service", arguments: ["/bin/false", "/bin/true"])
    func peer(program: String) throws {
        let result = try Program.run(["bench", "tokens", "--time", "10", "--peer", program])
        #expect(result.status == 69, "\(result.errors)")
        #expect(result.output.isEmpty)
    }

    @Test("The goals about tokens are in the output")
    func tokens() throws {
        let result = try Program.run(["bench", "tokens", "--time", "10", "--json"])
        let goals = try #require(result.json?["goals"]?.arrayValue)
        #expect(goals.count == 2)
        for goal in goals {
            #expect((goal["measured"]?.numberValue ?? 0) > 0)
            #expect(goal["met"]?.boolValue != nil)
        }
    }

    /// The operations of Benchmarks/instructions.txt.
    static let counted: [String] = {
        let file = Program.root.appendingPathComponent("Benchmarks/instructions.txt")
        let lines = (try? String(contentsOf: file, encoding: .utf8))?.split(separator: "\n") ?? []
        return lines.filter { !$0.hasPrefix("#") }.compactMap { $0.split(separator: " ").first.map(String.init) }
    }()

    @Test("There are counts of sealing and opening every form that is measured")
    func complete() {
        for form in TokenForm.all {
            #expect(Self.counted.contains("\(form.name)/seal"))
            #expect(Self.counted.contains("\(form.name)/open"))
        }
    }
}
