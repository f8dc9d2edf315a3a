import JOSE
import RemoteJWKS
import Synchronization

/// The keys of clients that publish them at their own `jwks_uri`, so that they can rotate them without us.
final class PublishedKeys: Sendable {
    private let configuration: RemoteJWKS.Configuration
    private let sets = Mutex<[String: RemoteJWKS]>([:])

    init(_ configuration: RemoteJWKS.Configuration) {
        self.configuration = configuration
    }

    /// The key of that name in the set at a client's registered URL.
    /// - Throws: `invalid_client` when the set does not have it; `temporarily_unavailable` when nothing is known.
    func key(_ kid: String?, at url: String, of client: String) async throws(OAuthError) -> VerificationKey {
        do {
            return try await set(at: url).key(kid)
        } catch  where error.isUnavailable {
            throw OAuthError(
                .temporarilyUnavailable, "the server can't answer this request at the moment, try again later",
                reason: "the keys of \(client) can't be had: \(error)")
        } catch {
            throw .invalidClient("the keys that \(client) publishes: \(error)")
        }
    }

    /// Forgets the sets that no client is registered with any more.
    func keep(_ urls: Set<String>) {
        sets.withLock { sets in sets = sets.filter { urls.contains($0.key) } }
    }

    /// URLs come from registered clients only, so there are no more sets than those.
    private func set(at url: String) throws(RemoteJWKSError) -> RemoteJWKS {
        try sets.withLock { sets throws(RemoteJWKSError) in
            if let known = sets[url] { return known }
            let made = try RemoteJWKS(url: url, configuration: configuration)
            sets[url] = made
            return made
        }
    }
}
