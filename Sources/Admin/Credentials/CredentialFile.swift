import KeyManagement

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One line of secret text in a file that only its owner can read.
enum CredentialFile {
    /// The longest file that is read.
    private static let limit = 4096
    /// The shortest secret that is taken over from a file.
    private static let shortest = 16

    /// The file's text; if there is no file, it is made with mode 0600 and on the disk before this returns.
    ///
    /// A new file has its whole content before it has its name, so that a crash leaves all of it or nothing. One whose
    /// only line was never finished, as earlier versions could leave it, is made anew: nobody has that secret.
    ///
    /// - Throws: ``AdminError`` `credential-file` when the file can't be made, is no regular file, holds too short a
    ///   line, or belongs to or can be read by others.
    static func readOrCreate(_ path: String, make: () -> String) throws(AdminError) -> String {
        if let text = try existing(path) { return text }
        let text = make()
        if try create(path, text) { return text }
        // Another process made it in the meantime: its text is the one.
        guard let other = try existing(path) else {
            throw AdminError(.credentialFile, "\(path) appeared and vanished")
        }
        return other
    }

    private static func create(_ path: String, _ text: String) throws(AdminError) -> Bool {
        do {
            return try PrivateFile.create(path, content: Array((text + "\n").utf8))
        } catch {
            throw AdminError(.credentialFile, error.reason)
        }
    }

    /// nil when there is no file, or only the beginning of one, which is removed.
    private static func existing(_ path: String) throws(AdminError) -> String? {
        // O_NOFOLLOW: a link that somebody put there is never followed. The path lives for the length of the call.
        let descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure(path, "can't be opened", errno)
        }
        defer { close(descriptor) }
        var info = stat()
        guard unsafe fstat(descriptor, &info) == 0 else { throw failure(path, "can't be examined", errno) }
        guard info.st_mode & S_IFMT == S_IFREG, info.st_mode & 0o077 == 0, info.st_uid == geteuid() else {
            throw AdminError(
                .credentialFile, "expected \(path) to be a file of mode 0600 that belongs to the user who runs this")
        }
        let content = try content(of: descriptor, path)
        let text = content.prefix { $0 > 0x20 && $0 < 0x7f }
        if text.count >= shortest { return String(decoding: text, as: UTF8.self) }
        guard text.count == content.count else {
            throw AdminError(.credentialFile, "expected \(path) to hold one line of at least \(shortest) characters")
        }
        guard unsafe unlink(path) == 0 else { throw failure(path, "is not complete and can't be removed", errno) }
        return nil
    }

    private static func content(of descriptor: Int32, _ path: String) throws(AdminError) -> ArraySlice<UInt8> {
        var buffer = [UInt8](repeating: 0, count: limit)
        // The buffer is `limit` octets long and lives for the length of the call.
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, limit) }
        guard count >= 0 else { throw failure(path, "can't be read", errno) }
        return buffer.prefix(count)
    }

    private static func failure(_ path: String, _ what: String, _ code: Int32) -> AdminError {
        // strerror gives a text that stays valid until the next call in this thread.
        let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        return AdminError(.credentialFile, "\(path) \(what): \(reason)")
    }
}
