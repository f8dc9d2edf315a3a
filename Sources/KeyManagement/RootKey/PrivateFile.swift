import JOSE

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// `rename` of the C library, beside which the type has one of its own.
private func renameFile(_ path: String, _ other: String) -> Int32 {
    // Both are C strings that live for the call.
    unsafe rename(path, other)
}

/// Files that hold secrets: mode 0600, complete or absent.
package enum PrivateFile {
    /// What follows the name of a file in that of its draft, before some random characters.
    private static let draftMark = ".new-"

    /// Removes the drafts of files that a program left when it was killed: they hold secrets that nobody uses.
    ///
    /// For the only user of the folder: a draft of another process that runs would go too. What can't be removed stays.
    package static func removeDrafts(of names: [String], in folder: String) {
        guard let directory = unsafe opendir(folder) else { return }
        // The stream is ours until it is closed, and an entry is valid until the next one is read.
        defer { unsafe closedir(directory) }
        var drafts: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if names.contains(where: { name.hasPrefix($0 + draftMark) }) { drafts.append(name) }
        }
        for name in drafts { _ = unsafe unlink("\(folder)/\(name)") }
    }

    /// Reads a file that belongs to this user alone; nil when there is none.
    ///
    /// Throws `root-key-exposed` if others may read or write it: a secret that was open to others is not one.
    static func contents(of path: String, atMost limit: Int) throws(KeyError) -> [UInt8]? {
        // The path is passed as a C string that lives for the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("can't open \(path)")
        }
        defer { close(descriptor) }
        try checkPrivate(descriptor, path)
        var content: [UInt8] = []
        content.reserveCapacity(limit)
        var chunk = [UInt8](repeating: 0, count: 4096)
        defer { wipe(&chunk) }
        while true {
            // The buffer's address is valid for the call and its length is given.
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("can't read \(path)") }
            if count == 0 { return content }
            guard content.count + count <= limit else {
                throw KeyError(.rootKeyMalformed, "expected \(path) to have at most \(limit) bytes")
            }
            content.append(contentsOf: chunk[..<count])
        }
    }

    /// Makes a file; returns false, changing nothing, when the name is taken.
    ///
    /// The content is written and synced under another name first, then linked: a crash leaves a whole file or none.
    package static func create(_ path: String, content: [UInt8]) throws(KeyError) -> Bool {
        let suffix = Base64URL.encode(randomBytes(8))
        let draft = path + draftMark + suffix
        let descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("can't create \(draft)") }
        defer { unsafe unlink(draft) }
        do {
            defer { close(descriptor) }
            // The mask of the process can only have narrowed the mode; this makes it exactly 0600.
            guard fchmod(descriptor, 0o600) == 0 else { throw failure("can't set the mode of \(draft)") }
            try writeAll(content, to: descriptor, draft)
            guard fsync(descriptor) == 0 else { throw failure("can't sync \(draft)") }
        }
        guard unsafe link(draft, path) == 0 else {
            if errno == EEXIST { return false }
            throw failure("can't create \(path)")
        }
        try syncFolder(of: path)
        return true
    }

    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// Gives a file the name of another one, which is gone by that; a crash leaves one of them under the name.
    static func rename(_ path: String, over other: String) throws(KeyError) {
        guard renameFile(path, other) == 0 else { throw failure("can't rename \(path) to \(other)") }
        try syncFolder(of: other)
    }

    /// Removes a file for good; it is no error when there is none.
    static func remove(_ path: String) throws(KeyError) {
        guard unsafe unlink(path) == 0 else {
            if errno == ENOENT { return }
            throw failure("can't remove \(path)")
        }
        try syncFolder(of: path)
    }

    private static func checkPrivate(_ descriptor: Int32, _ path: String) throws(KeyError) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw failure("can't inspect \(path)") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw KeyError(.rootKeyExposed, "expected \(path) to be a regular file")
        }
        guard status.st_mode & 0o077 == 0 else {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw KeyError(
                .rootKeyExposed,
                "\(path) has mode \(mode), others may use it: chmod 600, and make another one if they could have read it"
            )
        }
        guard status.st_uid == geteuid() || geteuid() == 0 else {
            throw KeyError(.rootKeyExposed, "\(path) belongs to another user (\(status.st_uid))")
        }
    }

    private static func writeAll(_ content: [UInt8], to descriptor: Int32, _ path: String) throws(KeyError) {
        var written = 0
        while written < content.count {
            let start = written
            // start is within the content, so pointer and length are.
            let count = unsafe content.withUnsafeBytes {
                unsafe write(descriptor, $0.baseAddress.map { unsafe $0 + start }, $0.count - start)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("can't write \(path)") }
            written += count
        }
    }

    private static func syncFolder(of path: String) throws(KeyError) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("can't open the folder \(folder)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("can't sync the folder \(folder)") }
    }

    private static func failure(_ what: String) -> KeyError {
        let number = errno
        // strerror's text is valid until the next call on this thread; it is copied here.
        let text = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
        return KeyError(.rootKeyUnavailable, "\(what): \(text)")
    }
}
