/// The store: transactions over SQL, and news of what changed. One implementation per database.
package protocol Database: Sendable {
    /// Which variant of a migration this database takes.
    var dialect: SQLDialect { get }

    /// Runs `body` on a snapshot of the last commit; readers run beside each other and beside the writer.
    ///
    /// Errors of the body pass through; those of the store are `StoreError`. A read, once begun, is not cancelled.
    func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T

    /// Runs `body` in one transaction, alone, and commits it to the disk before returning; rolls back when it throws.
    ///
    /// If the transaction noted changes, `write` returns only when every observer has finished. A write, once begun, is
    /// not cancelled: what is acknowledged is in force, whatever became of the caller.
    @discardableResult
    func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T

    /// Adds an observer of committed changes, after those already there.
    ///
    /// Observers run one after the other in the order of registration, and change sets in the order of commits; sets that
    /// arrive while observers run are handed over as one. An observer may `read`; a `write` from it is refused with
    /// `store-misuse`, because it would wait for itself.
    func observeChanges(_ observer: @escaping @Sendable (ChangeSet) async -> Void) async

    /// Waits for the running transactions and observers, then closes. Later calls throw `store-unavailable`.
    func close() async throws
}

/// The SQL variant that a database speaks, where one text cannot serve both.
package enum SQLDialect: String, Sendable, CaseIterable {
    case sqlite
    case postgresql
}
