package import JOSE
package import KeyManagement
package import Resources
package import Store

/// Everything that can be administered, as plain calls: the admin API is one caller, a console can be another.
///
/// Each call names its actor for the audit log and is one transaction. None takes or gives HTTP.
package struct AdminOperations: Sendable {
    private let database: any Database
    private let resources: ResourceStore
    private let keys: KeyStore
    private let upkeep: SealingUpkeep
    private let revocations: RevocationStore
    private let clock: WallClock

    /// Operations over migrated stores.
    package init(
        database: any Database, resources: ResourceStore, keys: KeyStore, upkeep: SealingUpkeep,
        revocations: RevocationStore, clock: WallClock = .system
    ) {
        self.database = database
        self.resources = resources
        self.keys = keys
        self.upkeep = upkeep
        self.revocations = revocations
        self.clock = clock
    }

    // MARK: Resources

    /// Brings the store to what the documents say; see ``ResourceStore/apply(_:prune:dryRun:actor:)``.
    package func apply(
        _ documents: [ResourceDocument], prune: Bool, dryRun: Bool, actor: String
    ) async throws -> ApplyResult {
        try await resources.apply(documents, prune: prune, dryRun: dryRun, actor: actor)
    }

    /// Every resource; applying the result changes nothing.
    package func export() async throws -> [ResourceDocument] { try await resources.export() }

    /// The resources of a kind by name, after `name`.
    package func list(_ kind: ResourceKind, after name: String, limit: Int) async throws -> [StoredResource] {
        try await resources.resources(kind, after: name, limit: limit)
    }

    /// One resource.
    package func get(_ key: ResourceKey) async throws -> StoredResource { try await resources.resource(key) }

    /// Creates or replaces one resource.
    package func put(
        _ document: ResourceDocument, expecting expectation: RevisionExpectation, actor: String
    ) async throws -> (result: ApplyResult, stored: StoredResource) {
        try await resources.put(document, expecting: expectation, actor: actor)
    }

    /// Deletes one resource.
    package func delete(
        _ key: ResourceKey, expecting expectation: RevisionExpectation, actor: String
    ) async throws {
        _ = try await resources.delete(key, expecting: expectation, actor: actor)
    }

    /// The revisions of a resource, newest first.
    package func revisions(
        of key: ResourceKey, before revision: Int64, limit: Int
    ) async throws -> [ResourceRevision] {
        try await resources.revisions(key, before: revision, limit: limit)
    }

    /// Makes a new secret for a client; the old one stops working at once.
    package func regenerateSecret(of client: String, actor: String) async throws -> IssuedSecret {
        try await resources.regenerateSecret(client, actor: actor)
    }

    // MARK: Keys

    /// Every key version, without private halves.
    package func listKeys() async throws -> [KeyVersion] { try await keys.list() }

    /// Gives the chosen rings a new active version.
    package func rotateKeys(_ selector: RingSelector, actor: String) async throws -> [KeyVersion] {
        try await keys.rotate(selector, actor: actor)
    }

    /// Makes the next version of the chosen rings ahead of its time.
    package func prepareKeys(_ selector: RingSelector, actor: String) async throws -> [KeyVersion] {
        try await keys.prepare(selector, actor: actor)
    }

    /// Gives the chosen rings another active version and revokes the old ones with every token that they made, in one
    /// transaction.
    package func rotateKeysInEmergency(
        _ selector: RingSelector, reason: String, actor: String
    ) async throws -> [KeyVersion] {
        let now = clock.now()
        return try await keys.rotate(
            selector, actor: actor,
            mode: .emergency(reason: reason) { kid, connection in
                let revocation = Self.revocation(.kid, kid, reason: reason, at: now)
                try RevocationStore.add(revocation, actor: actor, at: now, on: connection)
            })
    }

    /// The rings that have no key until their device makes one.
    package func ringsWithoutKey() async throws -> [RingSpec] { try await keys.ringsWithoutKey() }

    /// Gives the store another root key; see ``SealingUpkeep/rotateRootKey(actor:)``.
    package func rotateRootKey(actor: String) async throws -> (id: String, previous: String) {
        try await upkeep.rotateRootKey(actor: actor)
    }

    /// Begins to seal everything anew, or joins what goes on; see ``SealingUpkeep/startRewrap(actor:)``.
    package func startRewrap(actor: String) async throws -> RewrapProgress {
        try await upkeep.startRewrap(actor: actor)
    }

    /// How far that is.
    package var rewrapProgress: RewrapProgress { upkeep.rewrapProgress }

    /// What happened to the versions of each ring, and what is planned.
    package func keyTimeline() async throws -> [KeyTimeline] { try await keys.timeline() }

    /// A version's private key as a JWE to the recipient's public key.
    package func exportKey(_ kid: String, to recipient: JWK, actor: String) async throws -> String {
        try await keys.export(kid: kid, to: recipient, actor: actor)
    }

    /// Takes a key version out of use at once and revokes every token that it made, in one transaction: it signs and
    /// encrypts nothing any more, leaves the JWKS, and its ring goes on with a new version.
    @discardableResult
    package func revokeKey(_ kid: String, reason: String, actor: String) async throws -> Revocation {
        let now = clock.now()
        let revocation = Self.revocation(.kid, kid, reason: reason, at: now)
        try await keys.revoke(kid: kid, actor: actor, reason: reason) { connection in
            try RevocationStore.add(revocation, actor: actor, at: now, on: connection)
        }
        return revocation
    }

    // MARK: Revocations and audit

    /// Revokes tokens by one of their attributes, and returns when every gateway of this process enforces it.
    ///
    /// Of a subject, client or API the tokens issued until now are revoked: to stop new ones, disable or delete it. A kid is
    /// that of a key version, which goes out of use with its tokens; see ``revokeKey(_:reason:actor:)``.
    ///
    /// - Throws: `resource-not-found` for a client or API that there is not: a mistyped name must not look like a success.
    ///   Tokens of a deleted one are revoked already.
    package func revoke(_ kind: Revocation.Kind, _ value: String, reason: String, actor: String) async throws
        -> Revocation
    {
        if kind == .kid { return try await revokeKey(value, reason: reason, actor: actor) }
        switch kind {
        case .client: _ = try await resources.resource(ResourceKey(.client, value))
        case .api: _ = try await resources.resource(ResourceKey(.api, value))
        case .jti, .family, .subject, .kid: break
        }
        let revocation = Self.revocation(kind, value, reason: reason, at: clock.now())
        try await revocations.revoke(revocation, actor: actor)
        return revocation
    }

    private static func revocation(
        _ kind: Revocation.Kind, _ value: String, reason: String, at now: Timestamp
    ) -> Revocation {
        let notBefore: Timestamp? =
            switch kind {
            case .subject, .client, .api: now
            case .jti, .family, .kid: nil
            }
        let lifetime = TokenPolicy.lifetimes.upperBound.wholeSeconds + RevocationStore.slack
        return Revocation(kind: kind, value: value, notBefore: notBefore, expiresAt: now + lifetime, reason: reason)
    }

    /// The revocations before a sequence number, newest first.
    package func listRevocations(before sequence: Int64, limit: Int) async throws -> [RevocationRecord] {
        try await revocations.records(before: sequence, limit: limit)
    }

    /// The audit entries before a sequence number, newest first.
    package func audit(before sequence: Int64, limit: Int) async throws -> [AuditRecord] {
        try await database.read { try AuditLog.page(before: sequence, limit: limit, on: $0) }
    }
}
