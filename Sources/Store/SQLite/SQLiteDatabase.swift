import Dispatch
internal import GRDB
import Synchronization

/// The store in one SQLite file: WAL, one writer, several readers, each commit synced to the disk.
///
/// The file and its companions (`-wal`, `-shm`) are readable by their owner alone. One process at a time: memory that
/// follows the store is told of changes made through this object only.
package final class SQLiteDatabase: Database {
    /// Limits, with the reason for each default.
    package struct Configuration: Sendable {
        /// Connections that read beside the writer.
        package var readers: Int
        /// Seconds to wait for a lock that another program holds on the file.
        package var busyTimeout: Double
        /// Writes that may wait or run at the same time; more are refused with `store-busy`.
        package var maximumWriters: Int

        package init(readers: Int = 4, busyTimeout: Double = 5, maximumWriters: Int = 4096) {
            self.readers = readers
            self.busyTimeout = busyTimeout
            self.maximumWriters = maximumWriters
        }
    }

    private struct Admission {
        var writers = 0
        var isClosed = false
    }

    package let dialect = SQLDialect.sqlite

    private let pool: DatabasePool
    private let maximumWriters: Int
    private let notifier = ChangeNotifier()
    private let admission = Mutex(Admission())

    /// Opens the file at `path`, making it (mode 0600) when there is none.
    ///
    /// Throws `store-unavailable` when the folder is missing or may not be used, `store-corrupt` when the file is no
    /// SQLite database.
    package init(path: String, configuration: Configuration = Configuration()) throws(StoreError) {
        try SQLiteFile.prepare(path)
        maximumWriters = configuration.maximumWriters
        do {
            pool = try DatabasePool(path: path, configuration: Self.settings(configuration))
            // GRDB sets NORMAL when it turns WAL on; only FULL syncs the log at each commit.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        } catch {
            throw StoreError(sqlite: error)
        }
    }

    private static func settings(_ configuration: Configuration) -> GRDB.Configuration {
        var settings = GRDB.Configuration()
        settings.label = "signet.store"
        settings.foreignKeysEnabled = true
        settings.maximumReaderCount = configuration.readers
        settings.busyMode = .timeout(configuration.busyTimeout)
        settings.prepareDatabase { database in
            // SQLite does not check the structure of pages by default; a damaged file must be an error, not an answer.
            try database.execute(sql: "PRAGMA cell_size_check = ON")
            // The schema in the file is data: it may not call functions with effects.
            try database.execute(sql: "PRAGMA trusted_schema = OFF")
        }
        return settings
    }

    package func read<T: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> T
    ) async throws -> T {
        try checkOpen()
        return try await withCheckedThrowingContinuation { continuation in
            pool.asyncRead { opened in
                do {
                    let connection = SQLiteConnection(try opened.get(), writes: false)
                    continuation.resume(returning: try body(connection))
                } catch let error as StoreError {
                    continuation.resume(throwing: error)
                } catch {
                    continuation.resume(throwing: StoreError.translating(error))
                }
            }
        }
    }

    @discardableResult
    package func write<T: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> T
    ) async throws -> T {
        guard !ChangeNotifier.isObserving else {
            throw StoreError(.misuse, "an observer of changes must not write: its write would wait for itself")
        }
        try admit()
        defer { admission.withLock { $0.writers -= 1 } }
        let (result, change) = try await commit(body)
        if let change { await notifier.waitUntilDelivered(change.epoch) }
        return result
    }

    private func commit<T: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> T
    ) async throws -> (T, ChangeSet?) {
        try await withCheckedThrowingContinuation { continuation in
            pool.asyncWriteWithoutTransaction { [notifier] database in
                do {
                    let done = try Self.transact(database, body)
                    // Still on the writer's queue, so that changes are handed over in the order of commits.
                    if let change = done.1 { notifier.enqueue(change) }
                    continuation.resume(returning: done)
                } catch {
                    continuation.resume(throwing: StoreError.translating(error))
                }
            }
        }
    }

    private static func transact<T>(
        _ database: GRDB.Database, _ body: (any SQLConnection) throws -> T
    ) throws -> (T, ChangeSet?) {
        var done: (T, ChangeSet?)?
        // Immediate: takes the writer's lock at once, so that a busy file is met before anything is done.
        try database.inTransaction(.immediate) {
            let connection = SQLiteConnection(database, writes: true)
            let result = try body(connection)
            done = (result, try connection.finish())
            return .commit
        }
        guard let done else { throw StoreError(.misuse, "the transaction ended without a result") }
        return done
    }

    package func observeChanges(_ observer: @escaping @Sendable (ChangeSet) async -> Void) async {
        notifier.add(observer)
    }

    package func close() async throws {
        let wasOpen = admission.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard wasOpen else { return }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            // Closing blocks until the last transaction has ended, so not on a thread of the concurrency pool.
            DispatchQueue.global().async { [pool] in
                do {
                    try pool.close()
                    continuation.resume()
                } catch {
                    continuation.resume(throwing: StoreError(sqlite: error))
                }
            }
        }
    }

    private func checkOpen() throws(StoreError) {
        if admission.withLock({ $0.isClosed }) { throw StoreError(.unavailable, "the store is closed") }
    }

    private func admit() throws(StoreError) {
        try checkOpen()
        let isAdmitted = admission.withLock { state in
            guard state.writers < maximumWriters else { return false }
            state.writers += 1
            return true
        }
        guard isAdmitted else { throw StoreError(.busy, "\(maximumWriters) writes are waiting already") }
    }
}
