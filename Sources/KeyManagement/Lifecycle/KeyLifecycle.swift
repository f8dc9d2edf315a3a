package import Store

/// The life of one key version as a pure state machine: no clock, no store, no key.
///
/// `pending → next → active → retiring → retired`, and from each of these to `revoked`. After `retired` and `revoked` the
/// private half is held for a while, then destroyed.
package struct KeyLifecycle: Sendable, Hashable {
    package private(set) var state: KeyState
    package let createdAt: Timestamp
    package private(set) var publishedAt: Timestamp?
    package private(set) var activatedAt: Timestamp?
    /// When it made its last token.
    package private(set) var supersededAt: Timestamp?
    package private(set) var revokedAt: Timestamp?
    /// When a retiring version stops opening tokens.
    package private(set) var retiresAt: Timestamp?
    /// When the private half of a retired or revoked version may go.
    package private(set) var destroysAt: Timestamp?
    /// Whether the private half is gone.
    package private(set) var isDestroyed: Bool

    /// The life of a version that was just made.
    package init(createdAt: Timestamp) {
        self.init(state: .pending, createdAt: createdAt)
    }

    /// A life as it was stored.
    package init(
        state: KeyState, createdAt: Timestamp, publishedAt: Timestamp? = nil, activatedAt: Timestamp? = nil,
        supersededAt: Timestamp? = nil, retiresAt: Timestamp? = nil, revokedAt: Timestamp? = nil,
        destroysAt: Timestamp? = nil, isDestroyed: Bool = false
    ) {
        self.state = state
        self.createdAt = createdAt
        self.publishedAt = publishedAt
        self.supersededAt = supersededAt
        self.revokedAt = revokedAt
        self.activatedAt = activatedAt
        self.retiresAt = retiresAt
        self.destroysAt = destroysAt
        self.isDestroyed = isDestroyed
    }

    /// Moves on, or throws `key-transition-refused` and stays as it was.
    package mutating func apply(_ event: KeyEvent, at now: Timestamp) throws(KeyError) {
        switch (state, event) {
        case (.pending, .publish):
            state = .next
            publishedAt = now
        case (.next, .activate):
            state = .active
            activatedAt = now
        case (.active, .supersede(let end)):
            guard end >= now else { throw refused(event, "the end of its tokens lies in the past") }
            state = .retiring
            supersededAt = now
            retiresAt = end
        case (.retiring, .expire):
            guard let retiresAt, now >= retiresAt else { throw refused(event, "tokens that it made may still be good") }
            state = .retired
            destroysAt = now + KeyTimings.hold
        case (.pending, .revoke), (.next, .revoke), (.active, .revoke), (.retiring, .revoke):
            state = .revoked
            revokedAt = now
            destroysAt = now + KeyTimings.hold
        case (.retired, .revoke):
            // Keeps the earlier end of its hold: a key that is out of use already needs no longer one.
            state = .revoked
            revokedAt = now
        case (.retired, .destroy), (.revoked, .destroy):
            guard !isDestroyed else { throw refused(event, "its private half is gone already") }
            guard let destroysAt, now >= destroysAt else { throw refused(event, "its hold is not over") }
            isDestroyed = true
        default:
            throw refused(event, nil)
        }
    }

    /// What the passing of time asks for at `now`, if anything.
    package func dueEvent(at now: Timestamp) -> KeyEvent? {
        switch state {
        case .retiring:
            guard let retiresAt, now >= retiresAt else { return nil }
            return .expire
        case .retired, .revoked:
            guard !isDestroyed, let destroysAt, now >= destroysAt else { return nil }
            return .destroy
        case .pending, .next, .active:
            return nil
        }
    }

    private func refused(_ event: KeyEvent, _ why: String?) -> KeyError {
        let reason = "a key version that is \(state.rawValue) can't \(event.verb)"
        return KeyError(.transitionRefused, why.map { "\(reason): \($0)" } ?? reason)
    }
}

extension KeyEvent {
    var verb: String {
        switch self {
        case .publish: "be published"
        case .activate: "become active"
        case .supersede: "be superseded"
        case .expire: "be retired"
        case .destroy: "be destroyed"
        case .revoke: "be revoked"
        }
    }
}
