import Store

/// Commits the small writes of many concurrent requests in few transactions.
///
/// A commit waits for the disk, so one per request would bound the rate by the disk's latency. While a transaction is
/// on its way, further work queues up and goes into the next one together. A request alone does not wait for others.
actor GroupCommit {
    /// One request's part of a transaction; false when it found that it must not be done. It must leave the decision to
    /// the statement (`ON CONFLICT`): a statement that fails undoes the whole batch.
    typealias Work = @Sendable (any SQLConnection) throws -> Bool

    private struct Item: Sendable {
        let work: Work
        let continuation: CheckedContinuation<Bool, any Error>
    }

    private let database: any Database
    private let maximumQueue: Int
    private let maximumBatch: Int
    private var queue: [Item] = []
    private var isDraining = false

    /// - Parameters:
    ///   - maximumQueue: the most parts that wait; further ones are refused.
    ///   - maximumBatch: the most parts of one transaction.
    init(database: any Database, maximumQueue: Int = 1024, maximumBatch: Int = 128) {
        self.database = database
        self.maximumQueue = maximumQueue
        self.maximumBatch = maximumBatch
    }

    /// Returns when `work` is committed, or throws what made its transaction fail.
    ///
    /// - Throws: `temporarily_unavailable` when too much waits already.
    func submit(_ work: @escaping Work) async throws -> Bool {
        guard queue.count < maximumQueue else { throw OAuthError.overloaded }
        return try await withCheckedThrowingContinuation { continuation in
            queue.append(Item(work: work, continuation: continuation))
            guard !isDraining else { return }
            isDraining = true
            // Ends by itself when the queue is empty; it holds nobody's cancellation, as a commit must not be torn.
            Task { await drain() }
        }
    }

    private func drain() async {
        while !queue.isEmpty {
            let batch = Array(queue.prefix(maximumBatch))
            queue.removeFirst(batch.count)
            do {
                let results = try await database.write { connection in
                    try batch.map { try $0.work(connection) }
                }
                for (item, result) in zip(batch, results) { item.continuation.resume(returning: result) }
            } catch {
                for item in batch { item.continuation.resume(throwing: error) }
            }
        }
        isDraining = false
    }
}
