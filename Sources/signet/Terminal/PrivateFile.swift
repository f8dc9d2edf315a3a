import Glibc

/// Writes files that only their owner can read.
enum PrivateFile {
    /// Replaces the file in one step: a reader sees the old content or the new, and a crash leaves one of them.
    ///
    /// The directory that holds it is made, for its owner only, when it is missing.
    /// - Throws: ``CommandFailure`` 64.
    static func write(_ bytes: [UInt8], to path: String) throws {
        if let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            _ = unsafe mkdir(String(path[..<slash]), 0o700)
        }
        let draft = "\(path).\(getpid()).new"
        let file = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw failure(path) }
        var written = 0
        while written < bytes.count {
            // The slice is in bounds by the loop's condition.
            let count = unsafe bytes[written...].withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            written += count
        }
        let isSafe = written == bytes.count && fsync(file) == 0
        close(file)
        guard isSafe, unsafe rename(draft, path) == 0 else {
            let failed = failure(path)
            unsafe unlink(draft)
            throw failed
        }
    }

    private static func failure(_ path: String) -> CommandFailure {
        .usage("can't write \(path): \(SystemFailure.text(errno))")
    }
}
