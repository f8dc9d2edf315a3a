import Testing

@Suite("Source rules")
struct SourceRuleTests {
    @Test("No source file has more than 800 lines")
    func filesAreShort() throws {
        for file in try SourceTree.sources() {
            #expect(file.lines.count <= 800, "\(file) has \(file.lines.count) lines")
        }
    }

    @Test("Nothing is left to do in a comment")
    func nothingIsLeftToDo() throws {
        for file in try SourceTree.sources() {
            for (number, line) in file.lines.enumerated() {
                let words = line.split { !$0.isLetter }
                let marks = words.filter { ["TODO", "FIXME", "XXX", "HACK"].contains($0) }
                #expect(marks.isEmpty, "\(file):\(number + 1): \(line)")
            }
        }
    }

    @Test("Only the library products have a public surface")
    func onlyProductsArePublic() throws {
        for file in try SourceTree.sources() where !Layers.libraries.contains(file.module) {
            for (number, line) in file.code.enumerated() {
                let word = line.split(separator: " ").first { !$0.hasPrefix("@") }
                #expect(word != "public" && word != "open", "\(file):\(number + 1): \(line)")
            }
        }
    }

    @Test("The program never stops on purpose: no fatalError, preconditionFailure or forced try")
    func nothingTrapsOnPurpose() throws {
        let traps = ["fatalError(", "preconditionFailure(", "assertionFailure(", "try!"]
        for file in try SourceTree.sources() {
            for (number, line) in file.code.enumerated() {
                for trap in traps {
                    #expect(!line.contains(trap), "\(file):\(number + 1): \(line)")
                }
            }
        }
    }

    @Test("What the compiler is asked to trust has its proof in a comment close by")
    func trustIsExplained() throws {
        for file in try SourceTree.sources() {
            let lines = file.lines
            for (number, line) in file.code.enumerated() {
                guard line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)") else { continue }
                let near = lines[max(0, number - 6)...number]
                #expect(near.contains { $0.contains("//") }, "\(file):\(number + 1): \(line)")
            }
        }
    }

    @Test("Names say what a thing is: no Manager, Helper, Util or Common")
    func namesAreNames() throws {
        for file in try SourceTree.sources() {
            for word in ["Manager", "Helper", "Util", "Common"] {
                #expect(!file.name.contains(word), "\(file)")
            }
        }
    }
}
