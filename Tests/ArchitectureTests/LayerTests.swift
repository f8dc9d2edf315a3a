import Foundation
import Testing

@Suite("Layers")
struct LayerTests {
    @Test("The manifest has no edge that is not in the table")
    func manifestFollowsTheTable() throws {
        let modules = try Manifest.modules()
        #expect(Set(modules.map(\.name)) == Set(Layers.rules.keys))
        #expect(Layers.violations(in: modules) == [])
    }

    @Test("An edge that is not in the table is found")
    func foreignEdgesAreFound() throws {
        let manifest = """
            {"targets": [
              {"name": "JOSE", "type": "regular", "dependencies": [{"target": ["Store", null]}]},
              {"name": "Store", "type": "regular", "dependencies": [{"product": ["Logging", "swift-log", null, null]}]},
              {"name": "Common", "type": "regular", "dependencies": []},
              {"name": "JOSETests", "type": "test", "dependencies": [{"byName": ["Store", null]}]}
            ]}
            """
        let modules = try Manifest.modules(describedBy: Data(manifest.utf8))
        #expect(
            Layers.violations(in: modules) == [
                "JOSE must not depend on Store", "Store must not depend on Logging",
                "Common is not in the table of layers",
            ]
        )
    }

    @Test("The table itself goes downward only, but for the edges that it names")
    func tableGoesDownward() {
        var sideways: Set<String> = []
        for (name, rule) in Layers.rules {
            for other in rule.own {
                let below = Layers.rules[other]?.layer ?? .max
                #expect(below <= rule.layer, "\(name) -> \(other) goes up")
                if below == rule.layer { sideways.insert("\(name) -> \(other)") }
            }
        }
        #expect(sideways == Layers.sameLayer)
    }

    @Test("No source file imports a module that the table does not give it")
    func importsFollowTheTable() throws {
        for file in try SourceTree.sources() {
            let allowed = Layers.importable(by: file.module)
            for module in file.imports where module != "Foundation" {
                #expect(allowed.contains(module), "\(file) imports \(module)")
            }
        }
    }

    @Test("The whole of Foundation is imported only where it is listed with a reason")
    func foundationIsListed() throws {
        let importing = try SourceTree.sources().filter { $0.imports.contains("Foundation") }
        #expect(Set(importing.map(\.path)) == Set(Layers.fullFoundation.keys))
    }

    @Test(
        "Imports are read in every form",
        arguments: [
            ("import JOSE", ["JOSE"]),
            ("package import JOSE  // why", ["JOSE"]),
            ("@preconcurrency internal import NIOCore", ["NIOCore"]),
            ("import struct Foundation.Data", ["Foundation"]),
            ("#if canImport(Glibc)\nimport Glibc\n#endif", ["Glibc"]),
            ("// import Store", []),
            ("let important = 1", []),
        ]
    )
    func importsAreRead(text: String, expected: [String]) {
        #expect(SourceFile(path: "Sources/JOSE/X.swift", text: text).imports == expected)
    }
}
