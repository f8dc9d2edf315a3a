package import Logging
package import Store

/// What the passing of time does to key versions.
extension KeyStore {
    /// Does what is due: makes, publishes and activates versions by the schedule, retires those whose tokens have expired,
    /// destroys private halves whose hold is over, forgets forms of which no token lives. Returns the versions that
    /// changed; when nothing is due, nothing is written.
    @discardableResult
    package func tick(now moment: Timestamp? = nil) async throws -> [KeyVersion] {
        let now = moment ?? clock.now()
        let (isDue, unprepared) = try await database.read { [self] connection in
            let versions = try KeyRows.all(on: connection)
            let steps = steps(versions, at: now)
            let isDue =
                try FormRows.hasExpired(at: now, on: connection) || !steps.isEmpty
                || versions.contains { $0.lifecycle.dueEvent(at: now) != nil }
            return (isDue, steps.filter { $0.step == .prepare }.map(\.ring))
        }
        guard isDue else { return [] }
        // Before the transaction: an RSA key takes long.
        let fresh = try await makeKeys(for: unprepared)
        return try await database.write { [self] connection in
            var changed: [StoredVersion] = []
            for version in try KeyRows.all(on: connection) {
                guard let event = version.lifecycle.dueEvent(at: now) else { continue }
                let moved = try apply(event, to: version, at: now, on: connection)
                let action = event == .destroy ? "key.destroy" : "key.retire"
                try KeyAudit(at: now, actor: "system", action: action, version: moved).append(to: connection)
                changed.append(moved)
            }
            // Read again: another process may have been quicker.
            for (ring, step) in steps(try KeyRows.all(on: connection), at: now) {
                changed += try take(step, in: ring, fresh, at: now, on: connection)
            }
            let forgotten = try FormRows.deleteExpired(at: now, on: connection)
            if !changed.isEmpty || forgotten > 0 { try connection.noteChange(.keys) }
            return try changed.map { try $0.version() }
        }
    }

    private func steps(_ versions: [StoredVersion], at now: Timestamp) -> [(ring: RingSpec, step: RingStep)] {
        Dictionary(grouping: versions, by: \.ring).sorted { $0.key.id < $1.key.id }.compactMap { ring, versions in
            func life(_ states: Set<KeyState>) -> KeyLife? {
                versions.last { states.contains($0.lifecycle.state) }.map {
                    KeyLife(kid: $0.kid, lifecycle: $0.lifecycle)
                }
            }
            return schedule.step(active: life([.active]), successor: life([.pending, .next]), at: now)
                .map { (ring, $0) }
        }
    }

    private func take(
        _ step: RingStep, in ring: RingSpec, _ fresh: PreparedKeys, at now: Timestamp, on connection: any SQLConnection
    ) throws -> [StoredVersion] {
        switch step {
        case .prepare:
            return [try insertSuccessor(of: ring, fresh, actor: "system", at: now, on: connection)].compactMap(\.self)
        case .publish:
            guard let next = try KeyRows.successor(of: ring, on: connection) else { return [] }
            let published = try apply(.publish, to: next, at: now, on: connection)
            try KeyAudit(at: now, actor: "system", action: "key.publish", version: published).append(to: connection)
            return [published]
        case .activate:
            guard let old = try KeyRows.active(of: ring, on: connection) else { return [] }
            let end = try KeyTimings.lastUse(ofTokensMadeAt: now, lifetime: KeyTimings.longestTokenLifetime)
            try supersede(old, until: end, actor: "system", at: now, on: connection)
            let active = try activateNext(of: ring, fresh, at: now, on: connection)
            try KeyAudit(at: now, actor: "system", action: "key.rotate", version: active).append(to: connection)
            return [active]
        }
    }

    /// What happened to the versions of each ring, and what is planned, by ring.
    package func timeline() async throws -> [KeyTimeline] {
        let now = clock.now()
        let versions = try await list()
        return Dictionary(grouping: versions, by: \.ring).sorted { $0.key.id < $1.key.id }.map { ring, versions in
            KeyTimeline(ring: ring, versions: versions, schedule: schedule, now: now)
        }
    }

    /// Ticks until the task is cancelled. A tick that fails is logged and tried again with the next: until then a version
    /// opens tokens for longer, which refuses nobody.
    package func runTicks(every interval: Duration = .seconds(30), logger: Logger) async {
        while !Task.isCancelled {
            do {
                for version in try await tick() {
                    logger.info(
                        "key version changed with time",
                        metadata: [
                            "kid": "\(version.kid)", "ring": "\(version.ringID)", "state": "\(version.state.rawValue)",
                        ])
                }
            } catch {
                logger.error("key versions could not be moved on", metadata: ["error": "\(error)"])
            }
            do { try await Task.sleep(for: interval) } catch { return }
        }
    }
}
