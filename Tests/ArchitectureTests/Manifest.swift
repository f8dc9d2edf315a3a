import Foundation

/// What the manifest lets one module depend on.
struct ModuleDependencies {
    let name: String
    let own: [String]
    let products: [String]
}

/// The package's manifest as SwiftPM sees it.
enum Manifest {
    /// The modules that are no part of tests, as `swift package dump-package` describes them.
    static func modules() throws -> [ModuleDependencies] {
        try modules(describedBy: dump())
    }

    static func modules(describedBy json: Data) throws -> [ModuleDependencies] {
        try JSONDecoder().decode(Dump.self, from: json).targets
            .filter { $0.type != "test" && $0.path?.hasPrefix("Tests/") != true }
            .map { target in
                ModuleDependencies(
                    name: target.name,
                    own: target.dependencies.compactMap { $0.target?.first ?? nil },
                    products: target.dependencies.compactMap { $0.product?.first ?? $0.byName?.first ?? nil }
                )
            }
    }

    /// Runs SwiftPM with a scratch path of its own: `swift test` holds the lock on the usual one.
    private static func dump() throws -> Data {
        let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("signet-dump-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: scratch) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "swift", "package", "dump-package", "--package-path", SourceTree.root.path,
            "--scratch-path", scratch.path,
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let json = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure.dumpPackage(process.terminationStatus) }
        return json
    }

    enum Failure: Error {
        case dumpPackage(Int32)
    }

    private struct Dump: Decodable {
        let targets: [Target]
    }

    private struct Target: Decodable {
        let name: String
        let type: String
        let path: String?
        let dependencies: [Dependency]
    }

    /// One of three keys is present; its value is a list that starts with the name.
    private struct Dependency: Decodable {
        let target: [String?]?
        let product: [String?]?
        let byName: [String?]?
    }
}
