import JOSE
package import Store

extension KeyStore {
    /// Notes, within the caller's transaction, that an API makes no more tokens of this form, and until when it accepts
    /// those that it made: as long as the last of them can live.
    ///
    /// - Parameter lifetime: how long, in seconds, tokens lived under the policy that ends.
    /// - Throws: `key-timing-refused` for a lifetime out of bounds.
    package func supersede(
        _ form: TokenForm, of api: String, lifetime: Int64, on connection: any SQLConnection
    ) throws {
        // Rings can be missing after a restore from an export: then there are no tokens either.
        guard try KeyRows.ringExists(form.signing, on: connection),
            try KeyRows.ringExists(form.encryption, on: connection)
        else { return }
        let end = try KeyTimings.lastUse(ofTokensMadeAt: clock.now(), lifetime: lifetime)
        try FormRows.insert(SupersededForm(api: api, form: form, opensUntil: end), on: connection)
        try connection.noteChange(.keys)
    }

    /// Supersedes, within the caller's transaction, the active versions of rings that nothing needs any more. Each opens
    /// its tokens until they have expired, then it is retired like after a rotation. A ring that is needed again gets a
    /// new version from ``ensureRing(_:prepared:actor:on:)``.
    ///
    /// - Parameter needed: every ring of every API as it is now.
    package func supersedeRings(
        except needed: Set<RingSpec>, actor: String, on connection: any SQLConnection
    ) throws {
        let now = clock.now()
        let unused = try KeyRows.active(on: connection).filter { version in
            version.ring.purpose.belongsToAPIs && !needed.contains(version.ring)
        }
        for version in unused {
            let end = try lastUse(of: version.ring, at: now, on: connection)
            try supersede(version, until: max(now, end), actor: actor, at: now, on: connection)
            // One that waited for its turn has made nothing.
            if let successor = try KeyRows.successor(of: version.ring, on: connection) {
                let discarded = try apply(.revoke, to: successor, at: now, on: connection)
                try KeyAudit(at: now, actor: actor, action: "key.discard", version: discarded).append(to: connection)
            }
        }
        if !unused.isEmpty { try connection.noteChange(.keys) }
    }

    /// What the forms say; for a ring of no form, the longest life that anything made with it can have.
    private func lastUse(
        of ring: RingSpec, at now: Timestamp, on connection: any SQLConnection
    ) throws -> Timestamp {
        if let end = try FormRows.lastUse(of: ring, on: connection) { return end }
        return try KeyTimings.lastUse(ofTokensMadeAt: now, lifetime: ring.purpose.longestTokenLifetime)
    }
}
