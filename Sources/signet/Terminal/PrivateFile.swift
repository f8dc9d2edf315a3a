import Glibc

/// A file that only its owner can read, about to be replaced in one step.
///
/// Opening it already makes a draft beside it, so that a place that can't be written to is found before anything else is
/// done. A reader sees the old content or the new, and a crash leaves one of them.
final class PrivateFile {
    let path: String
    private let draft: String
    private let descriptor: Int32

    /// Makes the draft; the directory that holds it is made too, for its owner only, when it is missing.
    ///
    /// - Throws: ``CommandFailure`` 64.
    init(replacing path: String) throws {
        self.path = path
        if let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            _ = unsafe mkdir(String(path[..<slash]), 0o700)
        }
        // A draft of an earlier process of the same number is of no use to anybody.
        draft = "\(path).\(getpid()).new"
        unsafe unlink(draft)
        var status = stat()
        guard unsafe stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG else {
            throw CommandFailure.usage("can't write \(path): it is not a regular file")
        }
        descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Self.failure(path) }
    }

    /// Makes `bytes` the file's content; they are on the disk when this returns.
    ///
    /// - Throws: ``CommandFailure`` 64. The file is what it was then.
    func replace(with bytes: [UInt8]) throws {
        var written = 0
        while written < bytes.count {
            // The slice is in bounds by the loop's condition.
            let count = unsafe bytes[written...].withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure(path) }
            written += count
        }
        guard fsync(descriptor) == 0, unsafe rename(draft, path) == 0 else { throw Self.failure(path) }
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let directory = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        // The new name is there; only a power cut could still take it back.
        guard directory >= 0 else { return }
        fsync(directory)
        close(directory)
    }

    /// The same in one go.
    static func write(_ bytes: [UInt8], to path: String) throws {
        try PrivateFile(replacing: path).replace(with: bytes)
    }

    deinit {
        close(descriptor)
        // After a replacement the draft's name is gone already.
        unsafe unlink(draft)
    }

    private static func failure(_ path: String) -> CommandFailure {
        .usage("can't write \(path): \(SystemFailure.text(errno))")
    }
}
