import Admin
import CSupervisor
import Glibc
import KeyManagement

/// The directory that holds a server's store, root key and credentials.
struct DataDirectory: Hashable, Sendable {
    let path: String

    init(_ path: String) {
        self.path = path
    }

    /// The path of a file in it.
    func file(_ name: String) -> String { path.hasSuffix("/") ? path + name : "\(path)/\(name)" }

    /// Makes the directory, for its owner only, when it is missing; a directory that others may write to is refused.
    ///
    /// - Throws: ``CommandFailure`` 78.
    func prepare() throws {
        if unsafe mkdir(path, 0o700) != 0, errno != EEXIST {
            throw CommandFailure.configuration("can't make the data directory \(path): \(SystemFailure.text(errno))")
        }
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw CommandFailure.configuration("can't read the data directory \(path): \(SystemFailure.text(errno))")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw CommandFailure.configuration("\(path) is not a directory")
        }
        guard status.st_mode & 0o022 == 0 else {
            throw CommandFailure.configuration("others may write to the data directory \(path); chmod it to 0700")
        }
    }

    /// Removes what a start that was killed left half done. For the holder of the lock.
    func removeDrafts() {
        KeyManagement.PrivateFile.removeDrafts(
            of: [RootKeyFile.name, RootKeyFile.nextName, AdminCredentials.tokenFile, AdminCredentials.setupFile],
            in: path)
    }

    /// Takes the directory for this server. The lock ends with the last process that has the descriptor.
    ///
    /// - Throws: ``CommandFailure`` 78 when another server has it.
    func lock() throws -> Int32 {
        try Self.lock(file("serve.lock"), taken: "the data directory \(path)")
    }

    /// Takes the store, wherever it is: each server follows the changes of its own process alone. The lock is that of a file
    /// beside it, as SQLite has locks of its own on the store.
    ///
    /// - Throws: ``CommandFailure`` 78 when another server has it.
    func lockStore(at path: String) throws -> Int32 {
        try Self.lock(Self.resolved(path) + ".lock", taken: "the store \(path)")
    }

    /// The path without symbolic links, also of a file that is not there yet.
    private static func resolved(_ path: String) -> String {
        func real(_ path: String) -> String? {
            guard let result = unsafe realpath(path, nil) else { return nil }
            defer { unsafe free(result) }
            return unsafe String(cString: result)
        }
        if let whole = real(path) { return whole }
        guard let slash = path.lastIndex(of: "/") else { return path }
        let folder = slash == path.startIndex ? "/" : String(path[..<slash])
        return (real(folder).map { $0 == "/" ? "" : $0 } ?? folder) + path[slash...]
    }

    private static func lock(_ path: String, taken what: String) throws -> Int32 {
        // A server that was killed just now may still have a worker that the kernel is about to end.
        for attempt in 0..<20 {
            let result = unsafe signet_lock(path)
            if result >= 0 { return result }
            guard result == -EWOULDBLOCK else {
                throw CommandFailure.configuration("can't lock \(path): \(SystemFailure.text(0 &- result))")
            }
            if attempt < 19 { usleep(50_000) }
        }
        throw CommandFailure.configuration(
            "another signet serve, or signet keys protect, uses \(what): stop it first")
    }
}
