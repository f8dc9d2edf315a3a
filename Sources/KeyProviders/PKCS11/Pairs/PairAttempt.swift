import KeyManagement
import Synchronization

/// The making of one key pair, which may go on in the module when nobody waits for it any more.
final class PairAttempt: Sendable {
    private struct State {
        var isRunning = false
        var isGivenUp = false
    }

    private let state = Mutex(State())

    /// Makes it, unless an earlier attempt is in the module still: two would make two pairs of one name.
    ///
    /// - Parameter destroy: called for what was made when nobody wants it.
    func run<Pair>(_ make: () throws -> Pair, destroying destroy: () throws -> Void) throws -> Pair {
        let isRunning = state.withLock { state in
            defer { state.isRunning = true }
            return state.isRunning
        }
        // Not `unreachable`, which would cost the sessions that are well.
        guard !isRunning else { throw ProviderError(.throttled, "the token is still making the key") }
        defer { state.withLock { $0.isRunning = false } }
        let pair = try make()
        guard state.withLock({ $0.isGivenUp }) else { return pair }
        try destroy()
        throw ProviderError(.unreachable, "the token made the key when nobody waited for it any more")
    }

    func giveUp() { state.withLock { $0.isGivenUp = true } }
}
