#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One line of secret text in a file that only its owner can read.
enum PrivateFile {
    /// The longest file that is read.
    private static let limit = 4096

    /// The file's text; if there is no file, it is made with mode 0600 and on the disk before this returns.
    ///
    /// - Throws: ``AdminError`` `credential-file` when the file can't be made, is no regular file, is empty, or belongs
    ///   to or can be read by others.
    static func readOrCreate(_ path: String, make: () -> String) throws(AdminError) -> String {
        // O_EXCL: a link or file that somebody put there is never followed or overwritten.
        // The path lives for the length of the call, here and below.
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            guard errno == EEXIST else { throw failure(path, "can't be made", errno) }
            return try readExisting(path)
        }
        defer { close(descriptor) }
        let text = make()
        let bytes = Array((text + "\n").utf8)
        // The array lives for the length of the call and `count` is its length.
        let written = unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
        guard written == bytes.count, fsync(descriptor) == 0 else {
            let code = errno
            // Half a secret must not be taken for a whole one at the next start.
            _ = unsafe unlink(path)
            throw failure(path, "can't be written", code)
        }
        return text
    }

    private static func readExisting(_ path: String) throws(AdminError) -> String {
        let descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path, "can't be opened", errno) }
        defer { close(descriptor) }
        var info = stat()
        guard unsafe fstat(descriptor, &info) == 0 else { throw failure(path, "can't be examined", errno) }
        guard info.st_mode & S_IFMT == S_IFREG, info.st_mode & 0o077 == 0, info.st_uid == geteuid() else {
            throw AdminError(
                .credentialFile, "expected \(path) to be a file of mode 0600 that belongs to the user who runs this")
        }
        var buffer = [UInt8](repeating: 0, count: limit)
        // The buffer is `limit` octets long and lives for the length of the call.
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, limit) }
        guard count >= 0 else { throw failure(path, "can't be read", errno) }
        let text = buffer.prefix(count).prefix { $0 > 0x20 && $0 < 0x7f }
        guard text.count >= 16 else {
            throw AdminError(.credentialFile, "expected \(path) to hold one line of at least 16 characters")
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func failure(_ path: String, _ what: String, _ code: Int32) -> AdminError {
        // strerror gives a text that stays valid until the next call in this thread.
        let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        return AdminError(.credentialFile, "\(path) \(what): \(reason)")
    }
}
