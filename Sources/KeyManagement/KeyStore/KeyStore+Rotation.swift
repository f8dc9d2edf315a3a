import JOSE
package import Store

extension KeyStore {
    /// Gives each chosen ring a new active version at once; the old ones open their tokens until these have expired.
    ///
    /// Rings without an active version are left alone: no API uses them, and a new key of theirs would be published for
    /// nothing.
    ///
    /// - Parameters:
    ///   - tokenLifetime: the longest life, in seconds, of a token that the old versions may have made; the bound of 24 h
    ///     is right when in doubt. A shorter one than was ever in force since the last rotation would refuse good tokens.
    /// - Returns: the new versions, by ring.
    /// - Throws: `key-ring-unknown` when nothing is chosen, `key-transition-refused` when no API uses what is chosen,
    ///   `key-timing-refused` for a lifetime out of bounds.
    package func rotate(
        _ selector: RingSelector, actor: String, tokenLifetime: Int64 = KeyTimings.longestTokenLifetime
    ) async throws -> [KeyVersion] {
        let now = clock.now()
        let end = try KeyTimings.lastUse(ofTokensMadeAt: now, lifetime: tokenLifetime)
        let rings = try await rings(chosenBy: selector)
        // Made before the transaction: an RSA key takes long, and a transaction holds up every other writer.
        let fresh = try await makeKeys(for: rings)
        return try await database.write { [self] connection in
            var versions: [KeyVersion] = []
            for ring in rings {
                // It may have lost its last API in the meantime.
                guard let old = try KeyRows.active(of: ring, on: connection) else { continue }
                let superseded = try apply(.supersede(opensUntil: end), to: old, at: now, on: connection)
                try KeyAudit(
                    at: now, actor: actor, action: "key.supersede", version: superseded,
                    more: ["opens_until": .integer(end.seconds)]
                ).append(to: connection)
                let version = try insertActive(try fresh[ring] ?? generate(ring), in: ring, at: now, on: connection)
                try KeyAudit(at: now, actor: actor, action: "key.rotate", version: version).append(to: connection)
                versions.append(try version.version())
            }
            try connection.noteChange(.keys)
            return versions
        }
    }

    private func rings(chosenBy selector: RingSelector) async throws -> [RingSpec] {
        let (all, active) = try await database.read { connection in
            (try KeyRows.rings(on: connection), Set(try KeyRows.active(on: connection).map(\.ring)))
        }
        let chosen = all.filter(selector.includes)
        guard !chosen.isEmpty else { throw KeyError(.ringUnknown, "no key ring is chosen by \(selector.words)") }
        let rings = chosen.filter(active.contains)
        guard !rings.isEmpty else {
            throw KeyError(.transitionRefused, "no API uses a key ring that is chosen by \(selector.words)")
        }
        return rings
    }

    /// Takes a version out of use at once; if it was the active one, a new version takes its place in the same transaction.
    ///
    /// Revoking a revoked version does nothing to it. Throws `kid-unknown`.
    ///
    /// - Parameter record: what belongs to the revocation besides the key itself, in the same transaction.
    package func revoke(
        kid: String, actor: String, reason: String,
        record: @escaping @Sendable (any SQLConnection) throws -> Void = { _ in }
    ) async throws {
        let now = clock.now()
        let present = try await database.read { try KeyRows.version(kid: kid, on: $0) }
        // Before the transaction, for the same reason as in a rotation.
        let successors = try await makeKeys(
            for: [present].compactMap { $0?.lifecycle.state == .active ? $0?.ring : nil })
        try await database.write { [self] connection in
            guard let version = try KeyRows.version(kid: kid, on: connection) else {
                throw KeyError(.kidUnknown, "no key version has this kid")
            }
            try record(connection)
            guard version.lifecycle.state != .revoked else { return }
            let revoked = try apply(.revoke, to: version, at: now, on: connection)
            try KeyAudit(
                at: now, actor: actor, action: "key.revoke", version: revoked,
                more: ["from": .string(version.lifecycle.state.rawValue), "reason": .string(reason)]
            ).append(to: connection)
            if version.lifecycle.state == .active {
                let key = try successors[version.ring] ?? generate(version.ring)
                let successor = try insertActive(key, in: version.ring, at: now, on: connection)
                try KeyAudit(at: now, actor: actor, action: "key.rotate", version: successor).append(to: connection)
            }
            try connection.noteChange(.keys)
        }
    }
}

extension RingSelector {
    fileprivate var words: String {
        switch self {
        case .all: "all: there is none yet"
        case .ring(let id): "the id \(id)"
        case .owner(let owner): "the owner \(owner)"
        }
    }
}
