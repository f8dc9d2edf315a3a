import JOSE
import Synchronization

/// The tokens that a device has opened, for all loops of the process: so that each costs one call of the device, and
/// those that were opened are still open to every loop while the device is away.
///
/// What is kept are facts that can't change; whether they still suffice is asked again each time
/// (``TokenGuard/accept(_:key:route:api:snapshot:now:)``). Bounded in entries and octets: two generations, of which the
/// older one goes when the younger is full, so that what is asked for stays.
final class OpenedTokens: Sendable {
    private struct Generation {
        var tokens: [TokenCache.Key: OpenedToken] = [:]
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
    ///   - bytes: the most octets that they hold together, as their texts are long.
    init(entries: Int, bytes: Int) {
        mostTokens = entries / 2
        mostBytes = bytes / 2
    }

    /// Tokens kept now.
    var count: Int { state.withLock { $0.young.tokens.count + $0.old.tokens.count } }

    func token(_ key: TokenCache.Key, octets: Int) -> OpenedToken? {
        state.withLock { state in
            if let token = state.young.tokens[key] { return token }
            guard let token = state.old.tokens.removeValue(forKey: key) else { return nil }
            keep(token, key, octets, &state)
            return token
        }
    }

    func insert(_ token: OpenedToken, for key: TokenCache.Key, octets: Int) {
        state.withLock { keep(token, key, octets, &$0) }
    }

    private func keep(_ token: OpenedToken, _ key: TokenCache.Key, _ octets: Int, _ state: inout State) {
        guard mostTokens > 0, octets <= mostBytes else { return }
        if state.young.tokens.count >= mostTokens || state.young.bytes + octets > mostBytes {
            state.old = state.young
            state.young = Generation()
        }
        if state.young.tokens.updateValue(token, forKey: key) == nil { state.young.bytes += octets }
    }
}
