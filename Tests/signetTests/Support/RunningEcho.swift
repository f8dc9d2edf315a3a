import Foundation
import Testing

/// A `signet echo` on a port of its own.
final class RunningEcho {
    let url: String
    private let process = Process()

    init() throws {
        process.executableURL = Program.url
        process.arguments = ["echo", "--listen", "127.0.0.1:0"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        try #require(line.hasPrefix("listening echo http://127.0.0.1:"))
        url = String(line.dropFirst("listening echo ".count).dropLast())
    }

    deinit { if process.isRunning { process.terminate() } }

    /// Asks it to stop and answers the exit status.
    @discardableResult
    func stop() -> Int32 {
        process.terminate()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
