package import JOSE
package import Store

/// The keys of one moment, ready for use; an immutable value that snapshots keep.
package struct LoadedKeys: Sendable {
    struct Entry: Sendable {
        let state: KeyState
        let key: ParsedKey
    }

    private var signers: [RingSpec: RingSigner] = [:]
    /// The keys that decrypt and are not here, by kid.
    private var held: [RingSpec: [String: HeldKey]] = [:]
    private var encryption: [RingSpec: EncryptionKey] = [:]
    private var verification: [RingSpec: KeyDirectory<VerificationKey>] = [:]
    private var decryption: [RingSpec: KeyDirectory<DecryptionKey>] = [:]
    private let superseded: [String: [TokenForm]]
    private let damagedIDs: [RingSpec: Set<String>]
    private let states: [String: KeyState]
    private let bereft: Set<RingSpec>

    /// Keys that are stored, in use, and left out.
    package let damaged: [DamagedKey]

    /// The public halves of the issuer's keys for access and id tokens, for `/oauth/jwks`: what is next, active and
    /// retiring, each with `use: sig`.
    package let publishedJWKS: JWKSet

    /// The same of the keys that sign what upstreams get, for `/oauth/jwks/forward`.
    package let publishedForwardJWKS: JWKSet

    /// When a published key was last revoked; nil: none was.
    package let lastPublishedRevocation: Timestamp?

    /// No keys at all.
    package init() {
        states = [:]
        bereft = []
        (damaged, damagedIDs) = ([], [:])
        lastPublishedRevocation = nil
        superseded = [:]
        publishedJWKS = JWKSet([])
        publishedForwardJWKS = JWKSet([])
    }

    init(
        entries: [Entry], damaged: [DamagedKey], states: [String: KeyState], superseded forms: [SupersededForm] = [],
        lastPublishedRevocation: Timestamp? = nil, bereft: Set<RingSpec> = []
    ) throws(KeyError) {
        self.states = states
        self.bereft = bereft
        self.damaged = damaged
        damagedIDs = Dictionary(grouping: damaged, by: \.ring).mapValues { Set($0.map(\.kid)) }
        self.lastPublishedRevocation = lastPublishedRevocation
        superseded = Dictionary(grouping: forms, by: \.api).mapValues { $0.map(\.form) }
        publishedJWKS = Self.published(entries, [.accessSigning, .idSigning])
        publishedForwardJWKS = Self.published(entries, [.forwardSigning])
        for entry in entries where entry.state == .active {
            signers[entry.key.ring] = RingSigner(entry.key)
            if let key = entry.key.encryption { encryption[entry.key.ring] = key }
        }
        for (ring, group) in Dictionary(grouping: entries, by: \.key.ring) {
            verification[ring] = try Self.directory(group.compactMap(\.key.verification))
            decryption[ring] = try Self.directory(group.compactMap(\.key.decryption))
            guard ring.purpose == .encryption, ring.custody != .local else { continue }
            held[ring] = Dictionary(
                group.compactMap(\.key.held).map { ($0.kid, $0) }, uniquingKeysWith: { first, _ in first })
        }
    }

    /// The key that makes new signatures of this ring; nil when there is no such ring, or its private half is not here.
    package func signingKey(_ ring: RingSpec) -> SigningKey? {
        if case .local(let key) = signers[ring] { key } else { nil }
    }

    /// What makes new signatures of this ring, here or in a device; nil when there is no such ring.
    package func signer(_ ring: RingSpec) -> RingSigner? { signers[ring] }

    /// The key that new tokens of this ring are encrypted to; nil when there is no such ring.
    package func encryptionKey(_ ring: RingSpec) -> EncryptionKey? { encryption[ring] }

    /// Whether the ring's key was revoked and its device has made no other yet; one will come.
    package func isBereft(_ ring: RingSpec) -> Bool { bereft.contains(ring) }

    /// The keys of each form that an API accepts: first the present one, then those of earlier policies whose tokens
    /// have not all expired.
    package func acceptedKeys(of api: String, present: TokenForm) -> [FormKeys] {
        let earlier = (superseded[api] ?? []).filter { $0 != present }
        return ([present] + earlier).map { keys(of: $0) }
    }

    /// The versions of a form's rings that are not yet retired or revoked.
    package func keys(of form: TokenForm) -> FormKeys {
        FormKeys(
            form: form, decryption: decryption[form.encryption] ?? KeyDirectory(),
            verification: verification[form.signing] ?? KeyDirectory(), held: held[form.encryption] ?? [:],
            damaged: DamagedKeyIDs(
                encryption: damagedIDs[form.encryption] ?? [], signing: damagedIDs[form.signing] ?? []))
    }

    /// The state of a version, also of one that is out of use; nil for a kid that this installation never made.
    package func state(kid: String) -> KeyState? { states[kid] }

    private static func directory<Key: DirectoryKey>(_ keys: [Key]) throws(KeyError) -> KeyDirectory<Key> {
        do {
            return try KeyDirectory(keys)
        } catch {
            throw KeyError(.keyInvalid, "the stored keys do not make a directory: \(error.reason)")
        }
    }

    private static func published(_ entries: [Entry], _ purposes: Set<KeyPurpose>) -> JWKSet {
        JWKSet(
            entries.filter { entry in
                entry.state.isPublished && entry.key.ring.owner == .issuer && purposes.contains(entry.key.ring.purpose)
            }.compactMap(\.key.publicJWK))
    }
}
