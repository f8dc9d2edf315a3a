import Foundation
import JOSE

/// Runs the built program.
enum Program {
    struct Result {
        let status: Int32
        let output: [UInt8]
        let errors: String

        var text: String { String(decoding: output, as: UTF8.self) }
        var json: JSONValue? { try? JSONValue(parsing: output) }
    }

    /// The program lies beside the tests' own bundle.
    static var url: URL {
        let bundle = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
        var directory = bundle.deletingLastPathComponent()
        for _ in 0..<4 {
            let candidate = directory.appendingPathComponent("signet")
            var isDirectory: ObjCBool = false
            if FileManager.default.fileExists(atPath: candidate.path, isDirectory: &isDirectory), !isDirectory.boolValue
            {
                return candidate
            }
            directory.deleteLastPathComponent()
        }
        return root.appendingPathComponent(".build/release/signet")
    }

    /// The package's root, found from this file.
    static var root: URL {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url
    }

    /// Runs to the end.
    static func run(
        _ arguments: [String], input: [UInt8] = [], environment: [String: String] = [:], directory: URL? = nil
    ) throws -> Result {
        let process = Process()
        process.executableURL = url
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin", "COLUMNS": "100"].merging(environment) { $1 }
        if let directory { process.currentDirectoryURL = directory }
        let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = stderr
        try process.run()
        // Written by another thread: the program may answer before it has read everything.
        let writer = Thread {
            try? stdin.fileHandleForWriting.write(contentsOf: Data(input))
            try? stdin.fileHandleForWriting.close()
        }
        writer.start()
        let output = stdout.fileHandleForReading.readDataToEndOfFile()
        let errors = stderr.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(
            status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
            output: Array(output), errors: String(decoding: errors, as: UTF8.self))
    }
}

/// A directory of its own for one test; all of them are removed when the tests are over.
struct Scratch {
    let url: URL

    /// Not removed with the value: its files are used by name, which the compiler doesn't count as a use.
    private static let all: URL = {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("signet-tests-\(getpid())")
        atexit { try? FileManager.default.removeItem(at: Scratch.all) }
        return url
    }()

    init() throws {
        url = Self.all.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    func file(_ name: String, _ content: [UInt8]) throws -> String {
        let path = url.appendingPathComponent(name)
        try Data(content).write(to: path)
        return path.path
    }

    func file(_ name: String, _ content: String) throws -> String { try file(name, Array(content.utf8)) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}
