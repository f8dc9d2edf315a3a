import CSupervisor
import Glibc

/// One worker process of the supervisor.
struct WorkerProcess {
    let processID: Int32
    /// Readable when the worker serves, or is gone. -1 once it was read.
    private(set) var readiness: Int32

    /// Starts this program again as a worker.
    ///
    /// - Parameters:
    ///   - locks: the locks of the data directory and the store. The worker holds them too, so that no other server starts while it lives.
    /// - Throws: ``SystemFailure``.
    static func start(order: WorkerOrder, locks: [Int32]) throws -> WorkerProcess {
        var ends: [Int32] = [-1, -1]
        // The shim fills exactly two elements.
        try SystemFailure.check("pipe", unsafe signet_pipe(&ends))
        defer { close(ends[1]) }
        do {
            var order = order
            order.readiness = ends[1]
            let paper = try OrderFile.write(order.serialized())
            defer { close(paper) }
            let inherited =
                order.listeners.values.flatMap(\.descriptors) + [ends[1], paper] + locks
                + (order.rootKey.map { [$0] } ?? [])
            let arguments = [CommandLine.arguments.first ?? "signet", "worker", String(paper), String(getpid())]
            // The strings live until the closures return, the descriptors are plain numbers; the shim keeps nothing.
            let result = unsafe withCStrings(arguments) { arguments in
                unsafe withCStrings(environment()) { environment in
                    unsafe signet_spawn(arguments, environment, inherited, Int32(inherited.count))
                }
            }
            return WorkerProcess(
                processID: try SystemFailure.check("can't start a worker", result), readiness: ends[0])
        } catch {
            close(ends[0])
            throw error
        }
    }

    /// Whether the worker has said that it serves. Call it when ``readiness`` is readable.
    mutating func readReadiness() -> Bool {
        var octet: UInt8 = 0
        // One octet into one octet.
        let count = unsafe read(readiness, &octet, 1)
        closeReadiness()
        return count == 1
    }

    /// How the worker ended; nil while it lives.
    func reap() -> SupervisorState.End? {
        var how: Int32 = 0
        // The shim writes the status during the call only.
        let result = unsafe signet_reap(processID, &how)
        guard result != 0 else { return nil }
        // Not our child any more: it is gone, however that came.
        guard result > 0 else { return .exited(ExitStatus.internalError.rawValue) }
        return how < 0 ? .killed(signal: 0 &- how) : .exited(how)
    }

    func send(signal: Int32) { kill(processID, signal) }

    mutating func closeReadiness() {
        guard readiness >= 0 else { return }
        close(readiness)
        readiness = -1
    }

    /// The environment without the settings, which travel in the order, and without the backtracer, which would keep a
    /// crashed worker's callers waiting for seconds.
    private static func environment() -> [String] {
        ProcessEnvironment.all.filter { !$0.key.hasPrefix("SIGNET_") && $0.key != "SWIFT_BACKTRACE" }
            .map { "\($0.key)=\($0.value)" } + ["SWIFT_BACKTRACE=enable=no"]
    }
}

/// An unnamed file in memory.
enum OrderFile {
    static func write(_ bytes: [UInt8]) throws -> Int32 {
        let file = try SystemFailure.check("memfd_create", signet_memory_file())
        // A file in memory takes all octets at once or none.
        let written = unsafe bytes.withUnsafeBytes { unsafe pwrite(file, $0.baseAddress, $0.count, 0) }
        guard written == bytes.count else {
            defer { close(file) }
            throw SystemFailure(action: "pwrite", code: errno)
        }
        return file
    }

    /// Reads the whole file from its start and closes it.
    static func read(_ file: Int32) throws -> [UInt8] {
        defer { close(file) }
        guard lseek(file, 0, SEEK_SET) == 0 else { throw SystemFailure(action: "lseek", code: errno) }
        return try Input.content(of: file, name: "the order", limit: Input.documentLimit)
    }
}
