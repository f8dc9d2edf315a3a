package import Store

/// What happened to the versions of one ring, and what is planned.
package struct KeyTimeline: Sendable, Hashable {
    /// A moment in the life of a version.
    package struct Event: Sendable, Hashable {
        package let what: What
        package let at: Timestamp
        /// Whether it is to come.
        package let isPlanned: Bool
    }

    /// The kinds of moments.
    package enum What: String, Sendable, CaseIterable {
        case created, published, activated, superseded, retired, revoked, destroyed
    }

    /// A version's moments in their order.
    package struct Version: Sendable, Hashable {
        /// nil: not made yet.
        package let kid: String?
        package let number: Int
        package let state: KeyState?
        package let events: [Event]
    }

    package let ring: RingSpec
    package let versions: [Version]

    /// - Parameter versions: all of the ring, by number.
    package init(ring: RingSpec, versions: [KeyVersion], schedule: KeySchedule, now: Timestamp) {
        self.ring = ring
        let active = versions.last { $0.state == .active }.map { KeyLife(kid: $0.kid, lifecycle: $0.lifecycle) }
        let successor = versions.last { $0.state == .pending || $0.state == .next }
        var turn: Timestamp?
        if let active, let successor { turn = schedule.activation(of: successor.lifecycle, after: active) }
        if let active, successor == nil, let activatedAt = active.lifecycle.activatedAt {
            // A turn that is over already ends as soon as the next version has been known for long enough.
            let prepares = max(now, schedule.preparesAt(activatedAt: activatedAt, kid: active.kid))
            turn = prepares + (KeySchedule.preparation + schedule.lead)
        }
        var timelines = versions.map { Self.version($0, schedule, turn, now) }
        if let turn, successor == nil {
            let number = (versions.last?.number ?? 0) + 1
            timelines.append(
                Version(
                    kid: nil, number: number, state: nil,
                    events: [
                        Event(what: .created, at: turn - (schedule.lead + KeySchedule.preparation), isPlanned: true),
                        Event(what: .published, at: turn - schedule.lead, isPlanned: true),
                        Event(what: .activated, at: turn, isPlanned: true),
                    ]))
        }
        self.versions = timelines
    }

    private static func version(
        _ version: KeyVersion, _ schedule: KeySchedule, _ turn: Timestamp?, _ now: Timestamp
    ) -> Version {
        let life = version.lifecycle
        var moments: [(what: What, at: Timestamp?)] = [
            (.created, life.createdAt), (.published, life.publishedAt), (.activated, life.activatedAt),
            (.superseded, life.supersededAt), (.revoked, life.revokedAt),
        ]
        switch life.state {
        case .pending:
            moments.append((.published, life.createdAt + KeySchedule.preparation))
            moments.append((.activated, turn))
        case .next: moments.append((.activated, turn))
        case .active:
            if let turn {
                moments.append((.superseded, turn))
                moments.append((.retired, turn + KeyTimings.longestUse))
                moments.append((.destroyed, turn + (KeyTimings.longestUse + KeyTimings.hold)))
            }
        case .retiring:
            moments.append((.retired, life.retiresAt))
            moments.append((.destroyed, life.retiresAt.map { $0 + KeyTimings.hold }))
        case .retired:
            moments.append((.retired, life.retiresAt))
            moments.append((.destroyed, life.destroysAt))
        case .revoked: moments.append((.destroyed, life.destroysAt))
        }
        let events = moments.compactMap { moment -> Event? in
            guard let at = moment.at else { return nil }
            let isDone = moment.what == .destroyed ? life.isDestroyed : at <= now && !isWaiting(moment.what, life.state)
            return Event(what: moment.what, at: at, isPlanned: !isDone)
        }
        return Version(kid: version.kid, number: version.number, state: version.state, events: events)
    }

    /// Whether the state says that a moment has not come, even if the clock says otherwise.
    private static func isWaiting(_ what: What, _ state: KeyState) -> Bool {
        switch (what, state) {
        case (.published, .pending), (.activated, .pending), (.activated, .next), (.superseded, .active),
            (.retired, .active), (.retired, .retiring):
            true
        default: false
        }
    }
}
