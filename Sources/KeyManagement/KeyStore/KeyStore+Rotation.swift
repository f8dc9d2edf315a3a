import JOSE
package import Store
import Synchronization

/// How a rotation treats the versions that it takes out of use.
package enum RotationMode: Sendable {
    /// They open their tokens until these have expired.
    case planned
    /// They are revoked at once, those that an earlier rotation left to open their tokens too, and with them every token
    /// that they made.
    ///
    /// - Parameter record: what belongs to each revocation besides the key itself, in the same transaction.
    case emergency(reason: String, record: @Sendable (_ kid: String, any SQLConnection) throws -> Void)
}

extension KeyStore {
    /// Gives each chosen ring another active version at once: the one that waits for its turn if there is one, which others
    /// may know already, else a new one.
    ///
    /// Rings without an active version are left alone: no API uses them, and a new key of theirs would be published for
    /// nothing.
    ///
    /// - Parameters:
    ///   - tokenLifetime: the longest life, in seconds, of a token that the old versions may have made; the bound of 24 h
    ///     is right when in doubt. A shorter one than was ever in force since the last rotation would refuse good tokens.
    /// - Returns: the new active versions, by ring.
    /// - Throws: `key-ring-unknown` when nothing is chosen, `key-transition-refused` when no API uses what is chosen,
    ///   `key-timing-refused` for a lifetime out of bounds.
    package func rotate(
        _ selector: RingSelector, actor: String, tokenLifetime: Int64 = KeyTimings.longestTokenLifetime,
        mode: RotationMode = .planned
    ) async throws -> [KeyVersion] {
        let now = clock.now()
        let end = try KeyTimings.lastUse(ofTokensMadeAt: now, lifetime: tokenLifetime)
        if case .emergency(let reason, let record) = mode {
            return try await replaceAtOnce(selector, reason: reason, actor: actor, record: record)
        }
        let rings = try await rings(chosenBy: selector)
        // Made before the transaction: an RSA key takes long, and a transaction holds up every other writer.
        let fresh = try await makeKeys(for: try await withoutSuccessor(rings))
        return try await using(fresh) { [self] connection in
            var versions: [KeyVersion] = []
            for ring in rings {
                // It may have lost its last API in the meantime.
                guard let old = try KeyRows.active(of: ring, on: connection) else { continue }
                try supersede(old, until: end, actor: actor, at: now, on: connection)
                let version = try activateNext(of: ring, fresh, at: now, on: connection)
                try KeyAudit(at: now, actor: actor, action: "key.rotate", version: version).append(to: connection)
                versions.append(version.version())
            }
            try connection.noteChange(.keys)
            return versions
        }
    }

    /// Revokes what opens tokens of the chosen rings, of those too that no API uses any more and that still open what they
    /// made; then gives the others another key.
    private func replaceAtOnce(
        _ selector: RingSelector, reason: String, actor: String,
        record: @escaping @Sendable (String, any SQLConnection) throws -> Void
    ) async throws -> [KeyVersion] {
        let now = clock.now()
        let rings = try await rings(chosenBy: selector, orRetiring: true)
        let fresh = try await makeLocalKeys(for: rings)
        try await using(fresh) { [self] connection in
            for ring in rings {
                let active = try KeyRows.active(of: ring, on: connection)
                let retiring = try KeyRows.retiring(of: ring, on: connection)
                for version in [active].compactMap(\.self) + retiring {
                    try record(version.kid, connection)
                    try revoke(version, reason: reason, actor: actor, at: now, on: connection)
                }
                guard active != nil else { continue }
                try replaceRevoked(in: ring, fresh, actor: actor, at: now, on: connection)
            }
            try connection.noteChange(.keys)
        }
        await makeDeviceKeys(for: rings)
        return try await database.read { connection in
            try rings.compactMap { try KeyRows.active(of: $0, on: connection)?.version() }
        }
    }

    /// The rings that have no key until their device makes one: the last one was revoked while it did not answer.
    package func ringsWithoutKey() async throws -> [RingSpec] {
        try await database.read { Self.bereft(try KeyRows.all(on: $0)) }
    }

    /// No device is asked before a revocation: it might hang, and what is to be revoked would be in use meanwhile.
    private func makeLocalKeys(for rings: [RingSpec]) async throws -> PreparedKeys {
        try await makeKeys(for: try await withoutSuccessor(rings.filter { $0.custody == .local }))
    }

    /// Gives rings whose key was revoked just now another one of their device, if it makes one soon; else ticks do, which
    /// come often until the device is back. A revocation that is in force waits for no more than that.
    private func makeDeviceKeys(for rings: [RingSpec]) async {
        guard rings.contains(where: { $0.custody != .local }) else { return }
        await Patience.wait(Patience.ofRequests) { [self] in _ = try? await tick() }
        isTickWanted.store(true, ordering: .relaxed)
    }

    /// Gives a ring whose active version was revoked the next one; nothing when that has to come from a device.
    private func replaceRevoked(
        in ring: RingSpec, _ fresh: PreparedKeys, actor: String, at now: Timestamp, on connection: any SQLConnection
    ) throws {
        let waits = try usableSuccessor(of: ring, at: now, on: connection) != nil
        guard waits || ring.custody == .local else { return }
        let next = try activateNext(of: ring, fresh, at: now, on: connection)
        try KeyAudit(at: now, actor: actor, action: "key.rotate", version: next).append(to: connection)
    }

    /// Makes, ahead of the schedule, the version that comes after the active one in each chosen ring; it is published and
    /// used as the schedule says. Rings that have such a version already keep it.
    ///
    /// - Returns: the new versions, by ring.
    /// - Throws: as ``rotate(_:actor:tokenLifetime:mode:)``; `key-transition-refused` when every chosen ring has one.
    package func prepare(_ selector: RingSelector, actor: String) async throws -> [KeyVersion] {
        let now = clock.now()
        let rings = try await withoutSuccessor(try await rings(chosenBy: selector))
        guard !rings.isEmpty else {
            throw KeyError(
                .transitionRefused, "of each ring that is chosen by \(selector.words) the next version is there already"
            )
        }
        let fresh = try await makeKeys(for: rings)
        return try await using(fresh) { [self] connection in
            var versions: [KeyVersion] = []
            for ring in rings {
                let made = try insertSuccessor(of: ring, fresh, actor: actor, at: now, on: connection)
                if let made { versions.append(made.version()) }
            }
            if !versions.isEmpty { try connection.noteChange(.keys) }
            return versions
        }
    }

    /// - Parameter orRetiring: take rings too that make no tokens any more and still open some.
    private func rings(chosenBy selector: RingSelector, orRetiring: Bool = false) async throws -> [RingSpec] {
        let states: Set<KeyState> = orRetiring ? [.active, .retiring] : [.active]
        let (all, active, bereft) = try await database.read { connection in
            let versions = try KeyRows.all(on: connection)
            let active = versions.filter { states.contains($0.lifecycle.state) }
            return (try KeyRows.rings(on: connection), Set(active.map(\.ring)), Self.bereft(versions))
        }
        let chosen = all.filter(selector.includes)
        guard !chosen.isEmpty else {
            throw KeyError(
                .ringUnknown, "no key ring is chosen by \(selector.words)\(all.isEmpty ? ": there is none yet" : "")")
        }
        let rings = chosen.filter(active.contains)
        guard !rings.isEmpty else {
            let waiting = bereft.filter(selector.includes).map(\.id)
            guard waiting.isEmpty else {
                throw KeyError(
                    .keyNotPrepared,
                    "\(waiting.joined(separator: ", ")): the device has not made another key yet since the last one was "
                        + "revoked; it is asked again and again")
            }
            throw KeyError(.transitionRefused, "no API uses a key ring that is chosen by \(selector.words)")
        }
        return rings
    }

    /// Those in which no version waits for its turn that can be used.
    func withoutSuccessor(_ rings: [RingSpec]) async throws -> [RingSpec] {
        try await database.read { [self] connection in
            try rings.filter { ring in
                guard let successor = try KeyRows.successor(of: ring, on: connection) else { return true }
                return damage(of: successor) != nil
            }
        }
    }

    /// Takes a version out of use at once; if it was the active one, another takes its place in the same transaction.
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
        let rings = [present].compactMap { $0?.lifecycle.state == .active ? $0?.ring : nil }
        let fresh = try await makeLocalKeys(for: rings)
        try await using(fresh) { [self] connection in
            guard let version = try KeyRows.version(kid: kid, on: connection) else {
                throw KeyError(.kidUnknown, "no key version has this kid")
            }
            try record(connection)
            guard version.lifecycle.state != .revoked else { return }
            try revoke(version, reason: reason, actor: actor, at: now, on: connection)
            if version.lifecycle.state == .active {
                try replaceRevoked(in: version.ring, fresh, actor: actor, at: now, on: connection)
            }
            try connection.noteChange(.keys)
        }
        await makeDeviceKeys(for: rings)
    }
}

// MARK: Steps within a transaction

extension KeyStore {
    func supersede(
        _ version: StoredVersion, until end: Timestamp, actor: String, at now: Timestamp,
        on connection: any SQLConnection
    ) throws {
        let superseded = try apply(.supersede(opensUntil: end), to: version, at: now, on: connection)
        try KeyAudit(
            at: now, actor: actor, action: "key.supersede", version: superseded,
            more: ["opens_until": .integer(end.seconds)]
        ).append(to: connection)
    }

    private func revoke(
        _ version: StoredVersion, reason: String, actor: String, at now: Timestamp, on connection: any SQLConnection
    ) throws {
        let revoked = try apply(.revoke, to: version, at: now, on: connection)
        try KeyAudit(
            at: now, actor: actor, action: "key.revoke", version: revoked,
            more: ["from": .string(version.lifecycle.state.rawValue), "reason": .string(reason)]
        ).append(to: connection)
    }

    /// Makes the version that waits, or else a new one, the active one. The ring must have none.
    func activateNext(
        of ring: RingSpec, _ fresh: PreparedKeys, at now: Timestamp, on connection: any SQLConnection
    ) throws -> StoredVersion {
        guard var next = try usableSuccessor(of: ring, at: now, on: connection) else {
            return try insertActive(try key(for: ring, fresh), in: ring, at: now, on: connection)
        }
        if next.lifecycle.state == .pending { next = try apply(.publish, to: next, at: now, on: connection) }
        return try apply(.activate, to: next, at: now, on: connection)
    }

    /// The version that waits for its turn. One whose stored private half is damaged is taken out of use instead: it must
    /// not become the ring's active one.
    func usableSuccessor(
        of ring: RingSpec, at now: Timestamp, on connection: any SQLConnection
    ) throws -> StoredVersion? {
        guard let next = try KeyRows.successor(of: ring, on: connection) else { return nil }
        guard let damage = damage(of: next) else { return next }
        try revoke(next, reason: "damaged: \(damage.code.rawValue)", actor: "system", at: now, on: connection)
        return nil
    }

    /// Makes the version that waits for its turn; nil when there is one, or no active one before it.
    func insertSuccessor(
        of ring: RingSpec, _ fresh: PreparedKeys, actor: String, at now: Timestamp, on connection: any SQLConnection
    ) throws -> StoredVersion? {
        guard try KeyRows.active(of: ring, on: connection) != nil,
            try usableSuccessor(of: ring, at: now, on: connection) == nil
        else { return nil }
        if fresh.failures[ring] != nil { return nil }
        let key = try key(for: ring, fresh)
        let made = try insert(key, in: ring, KeyLifecycle(createdAt: now), on: connection)
        try KeyAudit(at: now, actor: actor, action: "key.prepare", version: made).append(to: connection)
        return made
    }
}

extension RingSelector {
    fileprivate var words: String {
        switch self {
        case .all: "all"
        case .ring(let id): "the id \(id)"
        case .owner(let owner): "the owner \(owner)"
        }
    }
}
