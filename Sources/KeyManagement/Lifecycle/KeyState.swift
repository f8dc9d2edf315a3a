package import Store

/// Where a key version is in its life.
package enum KeyState: String, Sendable, CaseIterable {
    /// Made and loaded by every gateway, not yet published.
    case pending
    /// Published, so that everybody knows it before it is used.
    case next
    /// Signs or encrypts new tokens; one per ring.
    case active
    /// Verifies and decrypts tokens made before; makes none.
    case retiring
    /// Does nothing any more; its private half is destroyed after a hold.
    case retired
    /// Taken out of use at once; what it made is refused.
    case revoked

    /// Whether tokens made by this version are still opened.
    package var opensTokens: Bool {
        switch self {
        case .pending, .next, .active, .retiring: true
        case .retired, .revoked: false
        }
    }

    /// Whether the public half of a signing key belongs in the published set.
    package var isPublished: Bool {
        switch self {
        case .next, .active, .retiring: true
        case .pending, .retired, .revoked: false
        }
    }
}

/// What can happen to a key version.
package enum KeyEvent: Sendable, Hashable {
    /// Its public half goes into the published set.
    case publish
    /// It starts to make tokens.
    case activate
    /// It makes no more tokens, because another version does or nothing needs its ring; it opens its own until the moment
    /// given.
    case supersede(opensUntil: Timestamp)
    /// The last token that it made has expired.
    case expire
    /// Its hold is over: the private half goes.
    case destroy
    /// It must not be trusted any more.
    case revoke
}
