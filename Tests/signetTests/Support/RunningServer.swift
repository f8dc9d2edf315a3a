import Egress
import Foundation
import Testing

/// A `signet serve` on ports of its own, in a directory of its own.
final class RunningServer {
    let scratch: Scratch
    let gateway: String
    let control: String
    /// The supervisor.
    let processID: Int32
    /// What it printed until it was ready.
    let output: String
    private let process: Process

    /// Starts a server and waits until it says that it serves.
    init(scratch: Scratch? = nil, configuration: String = "") throws {
        let scratch = try scratch ?? Scratch()
        self.scratch = scratch
        let config = try scratch.file(
            "signet.yaml",
            "listeners: {gateway: {address: 127.0.0.1:0}, control: {address: 127.0.0.1:0}}\n" + configuration)
        process = Process()
        process.executableURL = Program.url
        process.arguments = ["serve", "--config", config, "--data", scratch.path("data")]
        process.environment = ["PATH": "/usr/bin:/bin"]
        let pipe = Pipe()
        process.standardOutput = pipe
        _ = FileManager.default.createFile(atPath: scratch.path("errors"), contents: nil)
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch.path("errors")))
        try process.run()
        processID = process.processIdentifier
        var text = ""
        while text.split(separator: "\n", omittingEmptySubsequences: false).count < 3 {
            let more = pipe.fileHandleForReading.availableData
            if more.isEmpty { break }
            text += String(decoding: more, as: UTF8.self)
        }
        func url(_ name: String) -> String {
            let line = text.split(separator: "\n").first { $0.hasPrefix("listening \(name) ") }
            return line.map { String($0.dropFirst("listening \(name) ".count)) } ?? ""
        }
        (gateway, control) = (url("gateway"), url("control"))
        output = text
        try #require(!gateway.isEmpty && !control.isEmpty, "\(text)")
    }

    deinit { if process.isRunning { kill(processID, SIGKILL) } }

    /// What it has printed to standard error so far.
    var errors: String { (try? String(contentsOfFile: scratch.path("errors"), encoding: .utf8)) ?? "" }

    /// The worker's process id.
    var worker: Int32? {
        let path = "/proc/\(processID)/task/\(processID)/children"
        let text = try? String(contentsOfFile: path, encoding: .utf8)
        return text?.split(separator: " ").first.flatMap { Int32($0) }
    }

    /// Runs a command of the command line against this server.
    func command(_ arguments: [String], input: [UInt8] = []) throws -> Program.Result {
        try Program.run(
            arguments + ["--server", control, "--data", scratch.path("data")], input: input)
    }

    func status(_ url: String) async -> Int? { await Self.status(url) }

    /// The status of a GET; nil without an answer.
    static func status(_ url: String) async -> Int? {
        let client = EgressClient(policy: .operatorChosen)
        let response = try? await client.send(EgressRequest("GET", url))
        return response?.status
    }

    /// Asks it to stop and answers the exit status.
    func stop(_ signal: Int32 = SIGTERM) -> Int32 {
        kill(processID, signal)
        return wait()
    }

    /// Waits for its end and answers the exit status; a negated signal number if one ended it.
    func wait() -> Int32 {
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    static func isAlive(_ process: Int32) -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return false }
        // A process that only waits to be buried is not alive.
        return !text[text.index(after: end)...].hasPrefix(" Z")
    }
}
