import Synchronization

/// Hands committed changes to the observers, in order, and lets each writer wait for its own.
///
/// Commits that arrive while observers run are merged and handed over together, so a burst of writes costs two rounds of
/// observers, not one round each.
final class ChangeNotifier: Sendable {
    typealias Observer = @Sendable (ChangeSet) async -> Void

    /// True in the tasks that run observers, to refuse a write that would wait for itself.
    @TaskLocal static var isObserving = false

    private struct Waiter {
        let epoch: Int64
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var observers: [Observer] = []
        /// Committed, not yet handed over.
        var pending: ChangeSet?
        var isRunning = false
        var delivered: Int64 = 0
        /// At most as many as there are admitted writers.
        var waiters: [Waiter] = []
    }

    private let state = Mutex(State())

    func add(_ observer: @escaping Observer) {
        state.withLock { $0.observers.append(observer) }
    }

    /// Takes a committed change. Called on the writer's queue, so that change sets come in the order of commits.
    func enqueue(_ change: ChangeSet) {
        let mustStart = state.withLock { state in
            if let earlier = state.pending {
                state.pending = ChangeSet(topics: earlier.topics.union(change.topics), epoch: change.epoch)
            } else {
                state.pending = change
            }
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard mustStart else { return }
        // A task of its own, not the writer's: a caller that is cancelled after its commit must not keep the news from
        // everybody else. There is one at a time, and it ends when nothing is pending.
        Task { await run() }
    }

    /// Returns when the observers have finished with the change of `epoch`.
    func waitUntilDelivered(_ epoch: Int64) async {
        await withCheckedContinuation { continuation in
            let isDelivered = state.withLock { state in
                if state.delivered >= epoch { return true }
                state.waiters.append(Waiter(epoch: epoch, continuation: continuation))
                return false
            }
            if isDelivered { continuation.resume() }
        }
    }

    private func run() async {
        while let (change, observers) = takePending() {
            await Self.$isObserving.withValue(true) {
                for observer in observers { await observer(change) }
            }
            for waiter in settle(change.epoch) { waiter.continuation.resume() }
        }
    }

    private func takePending() -> (ChangeSet, [Observer])? {
        state.withLock { state in
            guard let change = state.pending else {
                state.isRunning = false
                return nil
            }
            state.pending = nil
            return (change, state.observers)
        }
    }

    private func settle(_ epoch: Int64) -> [Waiter] {
        state.withLock { state in
            state.delivered = epoch
            let ready = state.waiters.filter { $0.epoch <= epoch }
            state.waiters.removeAll { $0.epoch <= epoch }
            return ready
        }
    }
}
