package import Store

/// When the versions of a ring follow each other: computed from a few lengths of time, each of which is safe or refused.
///
/// A version is made `preparation` before it is published, so that every gateway has loaded it; published `lead` before it
/// is used, so that everybody who reads the key set knows it; and used from the end of the ring's turn on. A turn is
/// `interval` long, less up to a tenth that follows from the version's name: rings made together do not all change at once,
/// and every process computes the same moment.
package struct KeySchedule: Sendable, Hashable {
    /// From the making of a version to its publication, in seconds: several times what a gateway takes to load it.
    package static let preparation: Int64 = 120
    /// How long, in seconds, others may keep the published key set.
    package static let keySetMaxAge: Int64 = 600
    /// The bounds of a turn, in seconds: an hour to two years.
    package static let intervals: ClosedRange<Int64> = 3600...63_072_000

    /// The length of a turn, in seconds.
    package let interval: Int64
    /// From publication to use, in seconds.
    package let lead: Int64

    /// A turn of 30 days, published a day ahead.
    package static let standard = KeySchedule(unchecked: 30 * 86_400, lead: 86_400)

    /// A turn of a day, published an hour ahead.
    package static let deviceSealed = KeySchedule(unchecked: 86_400, lead: 3600)

    private init(unchecked interval: Int64, lead: Int64) {
        (self.interval, self.lead) = (interval, lead)
    }

    /// - Throws: `key-timing-refused` for lengths with which tokens could be refused, or versions overlap.
    package init(interval: Int64, lead: Int64) throws(KeyError) {
        guard Self.intervals.contains(interval) else {
            throw KeyError(.timingRefused, "expected a turn of an hour to two years, got \(interval) s")
        }
        guard lead >= 2 * Self.keySetMaxAge else {
            throw KeyError(
                .timingRefused,
                "expected keys to be published at least \(2 * Self.keySetMaxAge) s before they are used, got \(lead) s: "
                    + "whoever read the key set just before keeps it for up to \(Self.keySetMaxAge) s, and may be late once"
            )
        }
        // What is left of the shortest turn.
        guard lead <= interval - interval / 10 - Self.preparation else {
            throw KeyError(
                .timingRefused,
                "expected a turn in which the next key can be prepared (\(Self.preparation) s) and published (\(lead) s), even "
                    + "when it is shortened by a tenth, got \(interval) s")
        }
        self.init(unchecked: interval, lead: lead)
    }

    /// When the turn of an active version ends.
    package func rotatesAt(activatedAt: Timestamp, kid: String) -> Timestamp {
        activatedAt + (interval - Self.jitter(of: kid, below: interval / 10))
    }

    /// When the version after it is made, so that it can be published and known in time.
    package func preparesAt(activatedAt: Timestamp, kid: String) -> Timestamp {
        rotatesAt(activatedAt: activatedAt, kid: kid) - (lead + Self.preparation)
    }

    /// What a ring's versions need at `now`; nil: nothing. One step at a time.
    package func step(active: KeyLife?, successor: KeyLife?, at now: Timestamp) -> RingStep? {
        guard let active, let activatedAt = active.lifecycle.activatedAt else { return nil }
        guard let successor else {
            return now >= preparesAt(activatedAt: activatedAt, kid: active.kid) ? .prepare : nil
        }
        switch successor.lifecycle.state {
        case .pending:
            return now >= successor.lifecycle.createdAt + Self.preparation ? .publish : nil
        case .next:
            return now >= activation(of: successor.lifecycle, after: active) ? .activate : nil
        default: return nil
        }
    }

    /// When a version that waits begins to be used: at the end of the active one's turn, and known long enough.
    func activation(of successor: KeyLifecycle, after active: KeyLife) -> Timestamp {
        let turn = rotatesAt(activatedAt: active.lifecycle.activatedAt ?? successor.createdAt, kid: active.kid)
        let published = successor.publishedAt ?? successor.createdAt + Self.preparation
        return max(turn, published + lead)
    }

    /// FNV-1a (64 bit) of the name, which is random, brought into the range.
    private static func jitter(of kid: String, below bound: Int64) -> Int64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for octet in kid.utf8 { hash = (hash ^ UInt64(octet)) &* 0x0000_0100_0000_01b3 }
        return bound > 0 ? Int64(truncatingIfNeeded: (hash >> 1) % UInt64(bound)) : 0
    }
}

/// A version's name and life.
package struct KeyLife: Sendable, Hashable {
    package let kid: String
    package let lifecycle: KeyLifecycle

    package init(kid: String, lifecycle: KeyLifecycle) {
        self.kid = kid
        self.lifecycle = lifecycle
    }
}

/// What the schedule asks for in a ring.
package enum RingStep: Sendable, Hashable {
    /// Make the version after the active one.
    case prepare
    /// Publish it.
    case publish
    /// Use it, and let the active one retire.
    case activate
}
