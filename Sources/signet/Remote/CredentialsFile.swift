import Glibc
import JOSE

/// The file that `signet apply --secrets-to` names: looked at before the server is asked for anything, since a secret is
/// shown once and must have a place to go.
struct CredentialsFile {
    private let path: String
    private let file: PrivateFile

    /// - Throws: ``CommandFailure``: 64 when the file can't be read or written, 65 when something else is in it.
    init(_ path: String) throws {
        self.path = path
        _ = try Self.present(path)
        file = try PrivateFile(replacing: path)
    }

    /// Puts clients of `server` into the file, and how those that are there send their secrets; what else is in it stays.
    ///
    /// - Throws: ``CommandFailure``; the file is what it was then.
    func merge(_ entries: [ClientCredentials.Entry], methods: [String: SecretMethod], at server: String) throws {
        // Another process may have added clients since this one looked: one at a time, and each looks again.
        let lock = Self.lockFolder(of: path)
        defer { if lock >= 0 { close(lock) } }
        let present = try Self.present(path)
        let credentials = present.merged(with: entries).updated(with: methods, at: server)
        guard credentials != present else { return }
        try file.replace(with: Array((credentials.json.serializedString(pretty: true) + "\n").utf8))
    }

    private static func present(_ path: String) throws -> ClientCredentials {
        guard unsafe access(path, F_OK) == 0 || errno != ENOENT else { return ClientCredentials(clients: []) }
        let content = try Input.file(path)
        guard !content.isEmpty else { return ClientCredentials(clients: []) }
        do {
            return try ClientCredentials(parsing: content, name: path)
        } catch let failure as CommandFailure {
            throw CommandFailure(
                failure.status, failure.code,
                "\(failure.reason); --secrets-to adds to a file of credentials and replaces nothing else")
        }
    }

    /// The lock ends with the descriptor; -1 where the folder can't be locked, and then nobody waits for anybody.
    private static func lockFolder(of path: String) -> Int32 {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if descriptor >= 0 { flock(descriptor, LOCK_EX) }
        return descriptor
    }
}
