#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The database file's existence and mode; SQLite gives its companions the same mode.
enum SQLiteFile {
    /// Makes the file readable and writable by its owner alone, creating it if there is none.
    static func prepare(_ path: String) throws(StoreError) {
        // The string is passed as a C string that lives for the call; a descriptor below zero is an error.
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("can't open \(path)") }
        defer { close(descriptor) }
        guard fchmod(descriptor, 0o600) == 0 else { throw failure("can't set the mode of \(path)") }
        // The name must survive a power cut too: SQLite syncs the file, the folder is ours to sync.
        try syncFolder(of: path)
    }

    private static func syncFolder(of path: String) throws(StoreError) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("can't open the folder \(folder)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("can't sync the folder \(folder)") }
    }

    private static func failure(_ what: String) -> StoreError {
        let number = errno
        // strerror's text is valid until the next call on this thread; it is copied here.
        let text = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
        return StoreError(number == ENOSPC || number == EDQUOT ? .full : .unavailable, "\(what): \(text)")
    }
}
