import Synchronization

/// The parsed keys of the versions in use, by kid.
///
/// Loads overlap, and one that began early may end late. So a key stays until a load that began after it was last used or
/// made does not use it any more.
final class ParsedKeyCache: Sendable {
    private struct Entry {
        var key: ParsedKey
        /// The latest load that used it.
        var turn: Int
        /// Until when it is kept unused: it was just made, and the transaction that stores it has not ended.
        var awaitedUntil: ContinuousClock.Instant?
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var damaged: [DamagedKey] = []
        var damagedTurn = 0
        var begun = 0
    }

    /// How long a key that was made and did not get its row is kept.
    private static let patience = Duration.seconds(60)

    private let state = Mutex(State())

    /// The turn of a load, to be taken before it reads.
    func begin() -> Int {
        state.withLock { state in
            state.begun += 1
            return state.begun
        }
    }

    /// The key as it can be used now: opened, if a device has opened it since.
    func key(_ kid: String, for ring: RingSpec) -> ParsedKey? {
        state.withLock { $0.entries[kid]?.key }.flatMap { $0.ring == ring ? $0.held?.opened ?? $0 : nil }
    }

    /// A key that was just made, for the load that will use it.
    func add(_ key: ParsedKey) {
        let end = ContinuousClock.now + Self.patience
        state.withLock { $0.entries[key.kid] = Entry(key: key, turn: $0.begun, awaitedUntil: end) }
    }

    /// Keys that a device could open and has not.
    var closed: [HeldKey] {
        state.withLock { $0.entries.values.compactMap(\.key.held).filter(\.isClosed) }
    }

    /// Whether a device has opened a key since it was loaded, or its part of one that is damaged.
    var hasNews: Bool {
        state.withLock { state in
            state.entries.values.compactMap(\.key.held).contains { held in
                held.opened != nil || held.damage != nil && !state.damaged.contains { $0.kid == held.kid }
            }
        }
    }

    /// What the latest load had to leave out.
    var damaged: [DamagedKey] { state.withLock { $0.damaged } }

    /// Keeps what a load used, and lets go of what no load uses any more.
    func keep(_ used: [ParsedKey], damaged: [DamagedKey], turn: Int) {
        let now = ContinuousClock.now
        state.withLock { state in
            for key in used {
                state.entries[key.kid] = Entry(key: key, turn: max(turn, state.entries[key.kid]?.turn ?? 0))
            }
            state.entries = state.entries.filter { _, entry in
                entry.turn >= turn || entry.awaitedUntil.map { $0 > now } ?? false
            }
            guard turn >= state.damagedTurn else { return }
            (state.damaged, state.damagedTurn) = (damaged, turn)
        }
    }
}
