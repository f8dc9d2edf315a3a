import Synchronization

/// How a command that ran elsewhere ended.
final class Outcome: Sendable {
    private let failure = Mutex<(any Error)?>(nil)

    func set(_ error: any Error) { failure.withLock { $0 = error } }

    /// nil when it ended well.
    var error: (any Error)? { failure.withLock { $0 } }
}
