package import JOSE

/// The keys of one moment, ready for use; an immutable value that snapshots keep.
package struct LoadedKeys: Sendable {
    struct Entry: Sendable {
        let state: KeyState
        let key: ParsedKey
    }

    private struct Use: Hashable {
        var owner: KeyOwner
        var purpose: KeyPurpose
    }

    private var signing: [RingSpec: SigningKey] = [:]
    private var encryption: [RingSpec: EncryptionKey] = [:]
    private var verification: [Use: KeyDirectory<VerificationKey>] = [:]
    private var decryption: [KeyOwner: KeyDirectory<DecryptionKey>] = [:]
    private let states: [String: KeyState]

    /// The public halves of the issuer's keys for access and id tokens, for `/oauth/jwks`: what is next, active and
    /// retiring, each with `use: sig`.
    package let publishedJWKS: JWKSet

    /// The same of the keys that sign what upstreams get, for `/oauth/jwks/forward`.
    package let publishedForwardJWKS: JWKSet

    /// No keys at all.
    package init() {
        states = [:]
        publishedJWKS = JWKSet([])
        publishedForwardJWKS = JWKSet([])
    }

    init(entries: [Entry], states: [String: KeyState]) throws(KeyError) {
        self.states = states
        publishedJWKS = Self.published(entries, [.accessSigning, .idSigning])
        publishedForwardJWKS = Self.published(entries, [.forwardSigning])
        for entry in entries where entry.state == .active {
            if let key = entry.key.signing { signing[entry.key.ring] = key }
            if let key = entry.key.encryption { encryption[entry.key.ring] = key }
        }
        let byUse = Dictionary(grouping: entries) { Use(owner: $0.key.ring.owner, purpose: $0.key.ring.purpose) }
        for (use, group) in byUse {
            verification[use] = try Self.directory(group.compactMap(\.key.verification))
        }
        for (owner, group) in Dictionary(grouping: entries, by: \.key.ring.owner) {
            decryption[owner] = try Self.directory(group.compactMap(\.key.decryption))
        }
    }

    /// The key that makes new signatures of this ring; nil when there is no such ring.
    package func signingKey(_ ring: RingSpec) -> SigningKey? { signing[ring] }

    /// The key that new tokens of this ring are encrypted to; nil when there is no such ring.
    package func encryptionKey(_ ring: RingSpec) -> EncryptionKey? { encryption[ring] }

    /// The keys whose signatures count, of all rings with this owner and purpose: those not yet retired or revoked.
    package func verificationKeys(owner: KeyOwner, purpose: KeyPurpose) -> KeyDirectory<VerificationKey> {
        verification[Use(owner: owner, purpose: purpose)] ?? KeyDirectory()
    }

    /// The keys that open what was encrypted to this owner, of all its rings: those not yet retired or revoked.
    package func decryptionKeys(owner: KeyOwner) -> KeyDirectory<DecryptionKey> {
        decryption[owner] ?? KeyDirectory()
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
