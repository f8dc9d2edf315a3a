package import Store

extension KeyStore {
    /// Reads all versions and the typed keys of those in use. Keys are parsed when first seen and shared afterwards.
    ///
    /// Throws when a stored key can't be opened: going on without it would refuse good tokens without saying why.
    package func load() async throws -> LoadedKeys {
        let (stored, forms) = try await database.read { (try KeyRows.all(on: $0), try FormRows.all(on: $0)) }
        return try assemble(stored, forms)
    }

    /// The same within a transaction that reads more than keys, so that all of it belongs together.
    package func load(on connection: any SQLConnection) throws -> LoadedKeys {
        try assemble(try KeyRows.all(on: connection), try FormRows.all(on: connection))
    }

    private func assemble(_ stored: [StoredVersion], _ forms: [SupersededForm]) throws -> LoadedKeys {
        var states: [String: KeyState] = [:]
        var used: [LoadedKeys.Entry] = []
        for version in stored {
            states[version.kid] = version.lifecycle.state
            guard version.lifecycle.state.opensTokens else { continue }
            used.append(LoadedKeys.Entry(state: version.lifecycle.state, key: try parse(version)))
        }
        parsed.replaceAll(used.map(\.key))
        let revoked = stored.filter { $0.ring.owner == .issuer }.compactMap(\.lifecycle.revokedAt).max()
        return try LoadedKeys(entries: used, states: states, superseded: forms, lastPublishedRevocation: revoked)
    }

    private func parse(_ version: StoredVersion) throws(KeyError) -> ParsedKey {
        if let known = parsed.key(version.kid, for: version.ring) { return known }
        guard let sealed = version.sealed else {
            throw KeyError(.keyInvalid, "the key \(version.kid) is in use, but its private half is gone")
        }
        let secret = try sealer.open(sealed, row: version.place)
        return try ParsedKey(secret: secret, kid: version.kid, ring: version.ring)
    }
}
