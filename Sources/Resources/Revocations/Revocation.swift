package import Store

/// Tokens that are refused before their time is over: all that carry a value.
package struct Revocation: Hashable, Sendable {
    /// What the value is.
    package enum Kind: String, Sendable, CaseIterable {
        /// One token, by its `jti`.
        case jti
        /// Every token of one grant (a refresh token's descendants).
        case family
        /// Every token of one subject.
        case subject
        /// Every token of one client.
        case client
        /// Every token of one API, by the API's name.
        case api
        /// Every token signed or encrypted with one key version.
        case kid
    }

    /// What the value is.
    package var kind: Kind
    /// The `jti`, family, subject, client, API or kid; 1 to 512 octets.
    package var value: String
    /// Only tokens issued at or before this instant are refused, so that a client can go on with new ones; nil: all.
    package var notBefore: Timestamp?
    /// When no token that it could hit can still be alive: it is purged some time after that.
    package var expiresAt: Timestamp
    /// Why, for the audit log.
    package var reason: String

    /// Makes a revocation.
    package init(
        kind: Kind, value: String, notBefore: Timestamp? = nil, expiresAt: Timestamp, reason: String = ""
    ) {
        self.kind = kind
        self.value = value
        self.notBefore = notBefore
        self.expiresAt = expiresAt
        self.reason = reason
    }
}

/// A revocation as it is stored.
package struct RevocationRecord: Hashable, Sendable {
    /// Its place in the order of revocations; grows, is never used again.
    package let sequence: Int64
    /// When it was made.
    package let createdAt: Timestamp
    /// Who made it.
    package let actor: String
    /// What is revoked.
    package let revocation: Revocation

    /// Makes a record.
    package init(sequence: Int64, createdAt: Timestamp, actor: String, revocation: Revocation) {
        self.sequence = sequence
        self.createdAt = createdAt
        self.actor = actor
        self.revocation = revocation
    }
}
