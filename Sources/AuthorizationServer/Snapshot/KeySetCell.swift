import JOSE
import KeyManagement
import Synchronization

/// The public key sets as they are published, ahead of everything that is made with their keys.
struct KeySets: Sendable {
    /// `/oauth/jwks`: signature keys of access tokens.
    let access: PublicDocument
    /// `/oauth/jwks/forward`: keys of the tokens that upstreams get.
    let forward: PublicDocument

    init(_ keys: LoadedKeys) {
        let revoked = keys.lastPublishedRevocation
        access = PublicDocument(keys.publishedJWKS.serialized(), lastRevocation: revoked)
        forward = PublicDocument(keys.publishedForwardJWKS.serialized(), lastRevocation: revoked)
    }
}

/// Holds the present key sets, and sees to it that older ones never replace newer ones.
final class KeySetCell: Sendable {
    private struct State {
        var begun: UInt64 = 0
        var installed: UInt64 = 0
        /// The latest load that failed; nil when the sets have every change.
        var staleSince: UInt64?
        var sets: KeySets?
    }

    private let state = Mutex(State())

    /// The present sets; nil before the first were loaded.
    var current: KeySets? { state.withLock { $0.sets } }

    /// Whether a change was committed that the present sets may lack.
    var isStale: Bool { state.withLock { $0.staleSince != nil } }

    /// Loads sets and installs them, unless a load that began later was quicker. One that fails leaves the sets stale, which
    /// ends with a load that begins later.
    func load(_ keys: () async throws -> LoadedKeys) async throws {
        let turn = state.withLock { state in
            state.begun += 1
            return state.begun
        }
        do {
            let sets = KeySets(try await keys())
            state.withLock { state in
                guard turn > state.installed else { return }
                state.installed = turn
                if let since = state.staleSince, turn > since { state.staleSince = nil }
                state.sets = sets
            }
        } catch {
            state.withLock { $0.staleSince = max($0.staleSince ?? turn, turn) }
            throw error
        }
    }
}
