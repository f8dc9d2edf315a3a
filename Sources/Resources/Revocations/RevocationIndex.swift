package import Store

/// Every revocation in force, for the question that each request asks: is this token revoked?
///
/// A value: copies are cheap and independent, so a snapshot keeps its own. Adding costs by the number of recent entries
/// and not by that of all: entries go to a small table first, which is merged into the large one, shared by all copies,
/// when it has grown. A probe hashes the text that the caller has and allocates nothing; kinds without entries cost one
/// comparison.
package struct RevocationIndex: Sendable {
    /// The highest ``RevocationRecord/sequence`` that it holds: where the next refresh goes on.
    package private(set) var sequence: Int64 = 0

    private var tokens = RevocationTable()
    private var families = RevocationTable()
    private var subjects = RevocationTable()
    private var clients = RevocationTable()
    private var apis = RevocationTable()
    private var keys = RevocationTable()
    private var lastCleaning: Int64 = 0

    /// An index without entries.
    package init() {}

    /// The number of entries.
    package var count: Int {
        tokens.count + families.count + subjects.count + clients.count + apis.count + keys.count
    }

    /// Whether there is nothing to ask.
    package var isEmpty: Bool { count == 0 }

    /// Adds one entry. Of two for the same value the wider one holds.
    package mutating func add(_ record: RevocationRecord) {
        sequence = max(sequence, record.sequence)
        add(record.revocation)
    }

    /// Adds one entry that is not (yet) stored.
    package mutating func add(_ revocation: Revocation) {
        let entry = RevocationTable.Entry(
            notBefore: revocation.notBefore?.milliseconds ?? .max, expiresAt: revocation.expiresAt.milliseconds)
        switch revocation.kind {
        case .jti: tokens.add(revocation.value, entry)
        case .family: families.add(revocation.value, entry)
        case .subject: subjects.add(revocation.value, entry)
        case .client: clients.add(revocation.value, entry)
        case .api: apis.add(revocation.value, entry)
        case .kid: keys.add(revocation.value, entry)
        }
    }

    /// Forgets expired entries when the last time is a minute ago: it walks over all of them.
    mutating func removeExpiredIfDue(at now: Timestamp) {
        guard now.milliseconds - lastCleaning >= 60_000 else { return }
        removeExpired(at: now)
    }

    /// Forgets entries that can't hit a living token any more.
    package mutating func removeExpired(at now: Timestamp) {
        let now = now.milliseconds
        lastCleaning = now
        tokens.removeExpired(at: now)
        families.removeExpired(at: now)
        subjects.removeExpired(at: now)
        clients.removeExpired(at: now)
        apis.removeExpired(at: now)
        keys.removeExpired(at: now)
    }

    /// Whether the token with this `jti` is revoked.
    package func contains(jti: String) -> Bool { tokens.hits(jti, issuedAt: 0) }

    /// Whether the family is revoked.
    package func contains(family: String) -> Bool { families.hits(family, issuedAt: 0) }

    /// Whether the subject's tokens issued at `issuedAt` (seconds, the `iat` claim) are revoked.
    package func contains(subject: String, issuedAt: Int64) -> Bool { subjects.hits(subject, issuedAt: issuedAt) }

    /// Whether the client's tokens issued at `issuedAt` (seconds) are revoked.
    package func contains(client: String, issuedAt: Int64) -> Bool { clients.hits(client, issuedAt: issuedAt) }

    /// Whether the API's tokens issued at `issuedAt` (seconds) are revoked.
    package func contains(api: String, issuedAt: Int64) -> Bool { apis.hits(api, issuedAt: issuedAt) }

    /// Whether the key version is revoked for tokens issued at `issuedAt` (seconds).
    package func contains(kid: String, issuedAt: Int64) -> Bool { keys.hits(kid, issuedAt: issuedAt) }

    /// All probes of one token in one call; the kind that hit first, nil when the token stands.
    ///
    /// - Parameter issuedAt: The `iat` claim in seconds.
    package func hit(
        jti: String, family: String?, subject: String, client: String, api: String, signingKeyID: String,
        encryptionKeyID: String, issuedAt: Int64
    ) -> Revocation.Kind? {
        if contains(jti: jti) { return .jti }
        if let family, contains(family: family) { return .family }
        if contains(subject: subject, issuedAt: issuedAt) { return .subject }
        if contains(client: client, issuedAt: issuedAt) { return .client }
        if contains(api: api, issuedAt: issuedAt) { return .api }
        if contains(kid: signingKeyID, issuedAt: issuedAt) { return .kid }
        if contains(kid: encryptionKeyID, issuedAt: issuedAt) { return .kid }
        return nil
    }
}
