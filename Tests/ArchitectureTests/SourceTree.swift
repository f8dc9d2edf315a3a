import Foundation

/// One Swift file under `Sources`.
struct SourceFile: CustomStringConvertible {
    /// Relative to the package's root.
    let path: String
    let text: String

    var module: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
    var name: String { path.split(separator: "/").last.map(String.init) ?? path }
    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
    var description: String { path }

    /// The lines without what follows `//`, so that prose never counts as code.
    var code: [Substring] {
        lines.map { line in line.range(of: "//").map { line[..<$0.lowerBound] } ?? line }
    }

    /// The modules that the file imports; of `import struct Module.Name` the module.
    var imports: [String] {
        code.compactMap { line in
            var words = line.split(separator: " ").map(String.init)
            while let first = words.first, first != "import" {
                guard first.hasPrefix("@") || Self.accessLevels.contains(first) else { return nil }
                words.removeFirst()
            }
            guard words.first == "import" else { return nil }
            words.removeFirst()
            if let first = words.first, Self.importKinds.contains(first) { words.removeFirst() }
            return words.first.map { String($0.prefix { $0 != "." }) }
        }
    }

    private static let accessLevels: Set = ["public", "package", "internal", "fileprivate", "private"]
    private static let importKinds: Set = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
}

/// The package's own files.
enum SourceTree {
    /// The directory of `Package.swift`.
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func sources() throws -> [SourceFile] { try swiftFiles(under: "Sources") }

    static func swiftFiles(under directory: String) throws -> [SourceFile] {
        let base = root.appendingPathComponent(directory)
        let names = try FileManager.default.subpathsOfDirectory(atPath: base.path)
        return try names.filter { $0.hasSuffix(".swift") }.sorted().map { name in
            let text = try String(contentsOf: base.appendingPathComponent(name), encoding: .utf8)
            return SourceFile(path: "\(directory)/\(name)", text: text)
        }
    }
}
