import Glibc

/// A directory for what a benchmark writes, which nobody else may read.
enum BenchDirectory {
    /// Makes it, lends it, and removes it with everything in it.
    static func lent<Result>(to body: (String) async throws -> Result) async throws -> Result {
        let path = "/tmp/signet-bench-\(getpid())"
        guard unsafe mkdir(path, 0o700) == 0 else {
            throw CommandFailure.configuration("can't make \(path): \(SystemFailure.text(errno))")
        }
        defer { DirectoryTree.remove(path) }
        return try await body(path)
    }
}
