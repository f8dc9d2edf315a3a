import JOSE
import Synchronization

/// The tokens that a device has opened, for all loops of the process: so that each costs one call of the device, and
/// those that were opened are still open to every loop while the device is away.
///
/// What is kept are facts that can't change; whether they still suffice is asked again each time
/// (``TokenGuard/accept(_:key:route:api:snapshot:now:)``). Bounded in entries and octets: two generations, of which the
/// older one goes when the younger is full, so that what is asked for stays.
final class OpenedTokens: Sendable {
    /// A token with what it costs, beside the table, which has many more places than entries.
    private final class Entry: Sendable {
        let token: OpenedToken
        let cost: Int

        init(_ token: OpenedToken) {
            self.token = token
            cost = OpenedTokens.cost(of: token)
        }
    }

    private struct Generation {
        var entries: [TokenCache.Key: Entry] = [:]
        var bytes = 0
    }

    private struct State {
        var young = Generation()
        var old = Generation()
    }

    /// Of one generation.
    private let mostTokens: Int
    private let mostBytes: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - entries: the most tokens kept; none below two.
    ///   - bytes: the most octets of memory that they hold together.
    init(entries: Int, bytes: Int) {
        mostTokens = entries / 2
        mostBytes = bytes / 2
    }

    /// Tokens kept now.
    var count: Int { state.withLock { $0.young.entries.count + $0.old.entries.count } }

    /// Octets of memory that they hold, as ``cost(of:)`` reckons.
    var bytes: Int { state.withLock { $0.young.bytes + $0.old.bytes } }

    func token(_ key: TokenCache.Key) -> OpenedToken? {
        state.withLock { state in
            if let entry = state.young.entries[key] { return entry.token }
            guard let entry = state.old.entries.removeValue(forKey: key) else { return nil }
            state.old.bytes -= entry.cost
            keep(entry, key, &state)
            return entry.token
        }
    }

    func insert(_ token: OpenedToken, for key: TokenCache.Key) {
        let entry = Entry(token)
        state.withLock { keep(entry, key, &$0) }
    }

    private func keep(_ entry: Entry, _ key: TokenCache.Key, _ state: inout State) {
        guard mostTokens > 0, entry.cost <= mostBytes else { return }
        if state.young.entries.count >= mostTokens || state.young.bytes + entry.cost > mostBytes {
            state.old = state.young
            state.young = Generation()
        }
        let former = state.young.entries.updateValue(entry, forKey: key)
        state.young.bytes += entry.cost - (former?.cost ?? 0)
    }

    /// Octets of memory that a token takes here: its claims and their parts, the entry, and its places in the table.
    static func cost(of token: OpenedToken) -> Int {
        // An object's header, and what the heap adds to the three pieces.
        let overhead = 16 + 3 * 16
        // A table is between three eighths and three quarters full.
        let places = (MemoryLayout<TokenCache.Key>.stride + MemoryLayout<Entry>.stride) * 8 / 3
        return overhead + MemoryLayout<OpenedToken>.stride + MemoryLayout<Int>.stride + token.claims.storage + places
    }
}
