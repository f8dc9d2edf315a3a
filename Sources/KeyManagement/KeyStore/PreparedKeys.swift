import JOSE
import Store

/// Keys made before the transaction that stores them: an RSA key takes a good part of a second, and a transaction holds
/// up every other writer, so also the issue and the revocation of tokens.
package struct PreparedKeys: Sendable {
    private let keys: [RingSpec: JWK]

    /// No keys: whatever is missing is made within the transaction.
    package init() { keys = [:] }

    init(_ keys: [RingSpec: JWK]) { self.keys = keys }

    subscript(_ ring: RingSpec) -> JWK? { keys[ring] }
}

extension KeyStore {
    /// Makes a key for each of the rings that has no active version now, for
    /// ``ensureRing(_:prepared:actor:on:)``. Changes nothing in the store.
    ///
    /// Throws `key-ring-invalid` for a spec whose parts do not go together.
    package func prepareKeys(for rings: Set<RingSpec>) async throws -> PreparedKeys {
        for ring in rings { try ring.validate() }
        let missing = try await database.read { connection in
            try rings.filter { try KeyRows.active(of: $0, on: connection) == nil }
        }
        return try await makeKeys(for: missing)
    }

    func makeKeys(for rings: some Collection<RingSpec> & Sendable) async throws -> PreparedKeys {
        try await sealer.replenish()
        var keys: [RingSpec: JWK] = [:]
        for ring in rings {
            keys[ring] = try generate(ring)
            // Many RSA keys in a row would keep other tasks from this thread.
            await Task.yield()
        }
        return PreparedKeys(keys)
    }
}
