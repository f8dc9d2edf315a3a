package import Logging
package import Store

extension KeyStore {
    /// Does what the passing of time asks for: retires versions whose tokens have expired, destroys private halves whose
    /// hold is over, forgets forms of which no token lives. Returns the versions that changed; when nothing is due,
    /// nothing is written.
    @discardableResult
    package func tick(now moment: Timestamp? = nil) async throws -> [KeyVersion] {
        let now = moment ?? clock.now()
        let isDue = try await database.read { connection in
            try FormRows.hasExpired(at: now, on: connection)
                || KeyRows.all(on: connection).contains { $0.lifecycle.dueEvent(at: now) != nil }
        }
        guard isDue else { return [] }
        return try await database.write { [self] connection in
            var changed: [KeyVersion] = []
            for version in try KeyRows.all(on: connection) {
                guard let event = version.lifecycle.dueEvent(at: now) else { continue }
                let moved = try apply(event, to: version, at: now, on: connection)
                let action = event == .destroy ? "key.destroy" : "key.retire"
                try KeyAudit(at: now, actor: "system", action: action, version: moved).append(to: connection)
                changed.append(try moved.version())
            }
            let forgotten = try FormRows.deleteExpired(at: now, on: connection)
            if !changed.isEmpty || forgotten > 0 { try connection.noteChange(.keys) }
            return changed
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
