import JOSE
package import Logging
package import Store
import Synchronization

/// What the passing of time does to key versions.
extension KeyStore {
    /// Does what is due: makes, publishes and activates versions by the schedule, retires those whose tokens have expired,
    /// destroys private halves whose hold is over, forgets forms of which no token lives, and gives rings a key that a
    /// device could not make when the last one was revoked. Returns the versions that changed; when nothing is due, nothing
    /// is written.
    ///
    /// - Parameter report: gets what could not be done because a device does not answer, by ring; the next tick tries again.
    @discardableResult
    package func tick(
        now moment: Timestamp? = nil, report: (RingSpec, any Error) -> Void = { _, _ in }
    ) async throws -> [KeyVersion] {
        let now = moment ?? clock.now()
        let due = try await database.read { [self] in try dueWork(at: now, on: $0) }
        guard due.isAny else { return [] }
        // Before the transaction: an RSA key takes long, and a device perhaps longer.
        let fresh = try await tryToMakeKeys(for: due.unprepared)
        for (ring, failure) in fresh.failures { report(ring, failure) }
        let destroyed = await destroyInDevice(due.inDevice, report: report)
        return try await using(fresh) { [self] connection in
            var changed: [StoredVersion] = []
            for version in try KeyRows.all(on: connection) {
                guard let event = version.lifecycle.dueEvent(at: now) else { continue }
                // The row goes after what it stands for. Its turn may have come since this tick looked.
                if event == .destroy, version.ring.custody == .device, !destroyed.contains(version.kid) { continue }
                let moved = try apply(event, to: version, at: now, on: connection)
                let action = event == .destroy ? "key.destroy" : "key.retire"
                try KeyAudit(at: now, actor: "system", action: action, version: moved).append(to: connection)
                changed.append(moved)
            }
            for ring in due.damaged { _ = try usableSuccessor(of: ring, at: now, on: connection) }
            // Read again: another process may have been quicker.
            let versions = try KeyRows.all(on: connection)
            for (ring, step) in steps(versions, at: now) {
                changed += try take(step, in: ring, fresh, at: now, on: connection)
            }
            for ring in Self.bereft(versions) where fresh.has(ring) {
                let active = try insertActive(try key(for: ring, fresh), in: ring, at: now, on: connection)
                try KeyAudit(at: now, actor: "system", action: "key.rotate", version: active).append(to: connection)
                changed.append(active)
            }
            let forgotten = try FormRows.deleteExpired(at: now, on: connection)
            if !changed.isEmpty || forgotten > 0 || !due.damaged.isEmpty { try connection.noteChange(.keys) }
            return changed.map { $0.version() }
        }
    }

    private struct DueWork: Sendable {
        var isAny: Bool
        /// Rings that need a key.
        var unprepared: [RingSpec]
        /// Versions whose hold is over, and whose private half is in a device.
        var inDevice: [StoredVersion]
        /// Rings in which a version waits for its turn that can't be used.
        var damaged: [RingSpec]
    }

    private func dueWork(at now: Timestamp, on connection: any SQLConnection) throws -> DueWork {
        let all = try KeyRows.all(on: connection)
        let damaged = all.filter { [.pending, .next].contains($0.lifecycle.state) && damage(of: $0) != nil }
        let versions = all.filter { version in !damaged.contains { $0.kid == version.kid } }
        let steps = steps(versions, at: now)
        let bereft = Self.bereft(versions)
        let events = versions.compactMap { version in version.lifecycle.dueEvent(at: now).map { (version, $0) } }
        let isAny =
            try FormRows.hasExpired(at: now, on: connection) || !steps.isEmpty || !bereft.isEmpty || !events.isEmpty
            || !damaged.isEmpty
        return DueWork(
            isAny: isAny, unprepared: steps.filter { $0.step == .prepare }.map(\.ring) + bereft,
            inDevice: events.filter { $0.1 == .destroy && $0.0.ring.custody == .device }.map(\.0),
            damaged: damaged.map(\.ring))
    }

    /// Rings whose active version was revoked while their device could not make another. One that no API needs any more has
    /// had its active version superseded instead.
    static func bereft(_ versions: [StoredVersion]) -> [RingSpec] {
        Dictionary(grouping: versions, by: \.ring).filter { ring, versions in
            guard ring.custody != .local, let last = versions.last(where: { $0.lifecycle.activatedAt != nil }) else {
                return false
            }
            let life = last.lifecycle
            return life.state == .revoked && life.supersededAt == nil
                && !versions.contains { [.pending, .next, .active].contains($0.lifecycle.state) }
        }.keys.sorted { $0.id < $1.id }
    }

    /// - Returns: the kids of those that are gone from the device, and of those that can't be told to it any more.
    private func destroyInDevice(
        _ versions: [StoredVersion], report: (RingSpec, any Error) -> Void
    ) async -> Set<String> {
        var destroyed: Set<String> = []
        for version in versions {
            do {
                guard let sealed = version.sealed else {
                    destroyed.insert(version.kid)
                    continue
                }
                let device = try requireDevice(for: version.ring)
                let (document, publicJWK) = try heldParts(version, try sealer.open(sealed, row: version.place))
                // Another device would say that it has no such key.
                try device.checkIsOurs(document, version.ring)
                try await device.provider.destroyKey(try device.deviceKey(document, version.ring, publicJWK))
                destroyed.insert(version.kid)
            } catch {
                // Without what the device calls it there is nothing to wait for.
                if let error = error as? KeyError, error.isDamage { destroyed.insert(version.kid) }
                report(version.ring, error)
            }
        }
        return destroyed
    }

    /// What is stored of a version whose private half a device has or seals.
    func heldParts(
        _ version: StoredVersion, _ secret: SecretBytes
    ) throws(KeyError) -> (document: DeviceDocument, publicJWK: JWK) {
        let text = unsafe secret.withUnsafeBytes { unsafe [UInt8]($0) }
        guard let publicJWK = try version.parsedPublicJWK() else {
            throw KeyError(.keyInvalid, "the public half of the key \(version.kid) is missing")
        }
        return (try DeviceDocument(parsing: text, kid: version.kid), publicJWK)
    }

    private func steps(_ versions: [StoredVersion], at now: Timestamp) -> [(ring: RingSpec, step: RingStep)] {
        Dictionary(grouping: versions, by: \.ring).sorted { $0.key.id < $1.key.id }.compactMap { ring, versions in
            func life(_ states: Set<KeyState>) -> KeyLife? {
                versions.last { states.contains($0.lifecycle.state) }.map {
                    KeyLife(kid: $0.kid, lifecycle: $0.lifecycle)
                }
            }
            return schedules.schedule(of: ring)
                .step(active: life([.active]), successor: life([.pending, .next]), at: now).map { (ring, $0) }
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
            KeyTimeline(ring: ring, versions: versions, schedule: schedules.schedule(of: ring), now: now)
        }
    }

    /// Ticks until the task is cancelled. What fails is logged and tried again with the next tick: until then a version
    /// opens tokens for longer, which refuses nobody. A ring without a key refuses everybody: for it, ticks come sooner.
    package func runTicks(timing: TickTiming = TickTiming(), logger: Logger) async {
        var pauses = TickPauses(timing)
        var reports = TickReports(every: timing.interval)
        // What was known last counts while the store can't be read.
        var hasBereftRing = false
        while !Task.isCancelled {
            do {
                let changed = try await tick { ring, error in
                    guard reports.isDue(ring, at: .now) else { return }
                    logger.error(
                        "a key of the device is not made or destroyed yet",
                        metadata: ["ring": "\(ring.id)", "error": "\(error)"])
                }
                for version in changed {
                    logger.info(
                        "key version changed with time",
                        metadata: [
                            "kid": "\(version.kid)", "ring": "\(version.ringID)", "state": "\(version.state.rawValue)",
                        ])
                }
                hasBereftRing = try await database.read { !Self.bereft(try KeyRows.all(on: $0)).isEmpty }
            } catch {
                logger.error("key versions could not be moved on", metadata: ["error": "\(error)"])
            }
            do { try await rest(for: pauses.next(isUrgent: hasBereftRing), timing) } catch { return }
        }
    }

    /// Sleeps; when a ring loses its key meanwhile, for no more than the first pause from then on.
    private func rest(for pause: Duration, _ timing: TickTiming) async throws {
        let end = ContinuousClock.now.advanced(by: pause)
        while ContinuousClock.now < end {
            let isWanted = isTickWanted.exchange(false, ordering: .relaxed)
            try await Task.sleep(for: min(timing.firstPause, ContinuousClock.now.duration(to: end)))
            if isWanted { return }
        }
    }

    /// Has the device open sealed keys that it did not open when they were loaded, until the task is cancelled. A device that
    /// refuses is asked ever more seldom, as somebody has to mend something first.
    package func runOpening(
        every interval: Duration = .seconds(1), longest: Duration = .seconds(30), logger: Logger
    ) async {
        var reported: Set<String> = []
        var pause = interval
        while !Task.isCancelled {
            do {
                let closed = try await openClosedKeys()
                for (kid, reason) in closed where reported.insert(kid).inserted {
                    logger.error("a sealed key is not opened yet", metadata: ["kid": "\(kid)", "error": "\(reason)"])
                }
                for kid in reported.subtracting(closed.map(\.kid)) {
                    logger.notice("a sealed key is opened", metadata: ["kid": "\(kid)"])
                }
                reported.formIntersection(closed.map(\.kid))
                let isRefused = !closed.isEmpty && !closed.contains { $0.reason.isTransient }
                pause = isRefused ? min(pause * 2, longest) : interval
            } catch {
                logger.error("opened keys could not be loaded", metadata: ["error": "\(error)"])
            }
            do { try await Task.sleep(for: pause) } catch { return }
        }
    }
}
