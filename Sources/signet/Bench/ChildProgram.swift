import CSupervisor
import Glibc

/// Another program that runs for a while beside this one.
final class ChildProgram {
    let processID: Int32
    private var hasEnded = false

    /// - Parameters:
    ///   - program: a path, or a name to be found by `SearchPath`.
    ///   - output: the file that gets what it prints.
    ///   - environment: what it sees beside or in place of this program's own variables.
    /// - Throws: ``SystemFailure``.
    init(_ program: String, _ arguments: [String], output: String, environment more: [String: String] = [:]) throws {
        let file = unsafe open(output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SystemFailure(action: "can't write \(output)", code: errno) }
        defer { close(file) }
        let own = ProcessEnvironment.all.filter { !$0.key.hasPrefix("SIGNET_") }
        let environment = own.merging(more) { _, new in new }.map { "\($0.key)=\($0.value)" }
        // The strings live until the closures return; the shim keeps nothing.
        let result = unsafe withCStrings([program] + arguments) { arguments in
            unsafe withCStrings(environment) { environment in
                unsafe signet_start(SearchPath.find(program) ?? program, arguments, environment, file)
            }
        }
        processID = try SystemFailure.check("can't start \(program)", result)
    }

    deinit { end() }

    /// Waits for its end and answers the exit status; a negated signal number if one ended it.
    func wait() async throws -> Int32 {
        while true {
            var how: Int32 = 0
            // The shim writes the status during the call only.
            if unsafe signet_reap(processID, &how) != 0 {
                hasEnded = true
                return how
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Ends it: by request, and after two seconds by force.
    func end() {
        guard !hasEnded else { return }
        hasEnded = true
        kill(processID, SIGTERM)
        for _ in 0..<100 {
            var how: Int32 = 0
            if unsafe signet_reap(processID, &how) != 0 { return }
            usleep(20_000)
        }
        kill(processID, SIGKILL)
        var how: Int32 = 0
        while unsafe signet_reap(processID, &how) == 0 { usleep(1000) }
    }

    /// The processor time that it and its children have used, in seconds.
    func processorTime() throws -> Double {
        try ([processID] + Self.children(of: processID)).map(Self.processorTime).reduce(0, +)
    }

    private static func children(of process: Int32) throws -> [Int32] {
        let text = try Input.file("/proc/\(process)/task/\(process)/children")
        return String(decoding: text, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
    }

    private static func processorTime(of process: Int32) throws -> Double {
        let text = String(decoding: try Input.file("/proc/\(process)/stat"), as: UTF8.self)
        // The name in parentheses may hold anything; the times are fields 14 and 15, the 12th and 13th behind it.
        guard let end = text.lastIndex(of: ")") else { return 0 }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
