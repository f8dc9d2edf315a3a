import Glibc

/// One run of wrk against one server.
struct LoadRun {
    /// Requests that were answered with success.
    let requests: Int
    /// The seconds that it took.
    let seconds: Double
    /// The processor time that the server used, in seconds.
    let processorTime: Double

    /// Microseconds of processor time per request.
    var microseconds: Double { processorTime / Double(max(requests, 1)) * 1e6 }
    var rate: Double { Double(requests) / seconds }

    /// - Parameters:
    ///   - script: the Lua script that makes the requests.
    ///   - server: whose processor time is counted.
    /// - Throws: ``CommandFailure`` 69 when any request failed: a fast refusal is no result.
    static func run(
        url: String, script: String, seconds: Int, server: ChildProgram, output: String
    ) async throws -> LoadRun {
        unsafe unlink(output)
        let before = try server.processorTime()
        let start = ContinuousClock.now
        let load = try ChildProgram(
            "wrk", ["-t1", "-c32", "-d\(seconds)s", "--timeout", "5s", "-s", script, url], output: output)
        let status = try await load.wait()
        let passed = ContinuousClock.now - start
        let text = String(decoding: try Input.file(output), as: UTF8.self)
        guard status == 0, let requests = number(before: "requests in", text) else {
            throw CommandFailure.unavailable("wrk failed: \(text)")
        }
        if text.contains("Non-2xx") || text.contains("Socket errors") {
            throw CommandFailure.unavailable("requests to \(url) failed: \(text)")
        }
        return LoadRun(
            requests: requests,
            seconds: Double(passed.components.seconds) + Double(passed.components.attoseconds) / 1e18,
            processorTime: try server.processorTime() - before)
    }

    private static func number(before words: String, _ text: String) -> Int? {
        for line in text.split(separator: "\n") where line.contains(words) {
            return line.split(separator: " ").first.flatMap { Int($0) }
        }
        return nil
    }
}
