import JOSE

/// A client's public keys: a JWK set without anything private, compared by its canonical text.
package struct PublicKeys: Sendable, Hashable {
    /// The most keys of one client.
    static let limit = 16

    /// The keys.
    let set: JWKSet
    /// The set as JSON, members as JOSE orders them.
    let json: JSONValue
    private let text: String

    /// Nil when a key is private, symmetric, not for signatures, or has no algorithm that could be told.
    init?(_ value: FieldValue) {
        guard let fields = FieldReader(value) else { return nil }
        let keys = fields.required("keys") { $0.list(atMost: Self.limit) { $0.publicKey() } }
        fields.end()
        guard let keys else { return nil }
        guard !keys.isEmpty else {
            fields.value("keys")?.report("expected at least one public key")
            return nil
        }
        let kids = keys.compactMap(\.kid)
        guard Set(kids).count == kids.count, keys.count == 1 || kids.count == keys.count else {
            fields.value("keys")?.report("expected a kid of its own in every key when there are several")
            return nil
        }
        set = JWKSet(keys)
        json = ["keys": .array(keys.map { .object($0.object(includingPrivate: false)) })]
        text = json.serializedString(pretty: false)
    }

    package static func == (left: PublicKeys, right: PublicKeys) -> Bool { left.text == right.text }
    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension FieldValue {
    /// One public signature key. What is wrong is told without repeating the key, which may be a private one.
    fileprivate func publicKey() -> JWK? {
        guard case .mapping(let members) = node.value, members.count <= 64, case .object(let object)? = node.json else {
            report("expected a JWK of at most 64 members")
            return nil
        }
        let key: JWK
        do {
            key = try JWK(object)
        } catch {
            report("expected a JWK: \(error.reason)")
            return nil
        }
        guard key.keyType != "oct" else {
            report("expected a public key, got a symmetric one (oct)")
            return nil
        }
        guard !key.isPrivate else {
            report("expected a public key, got a private one: this key must now be taken for known to others")
            return nil
        }
        guard key.use == nil || key.use == "sig",
            !["X25519", "X448"].contains(key.curve)
        else {
            report("expected a key for signatures (use: sig), got one for another use")
            return nil
        }
        if let name = key.algorithm {
            guard let algorithm = SignatureAlgorithm(name: name), !algorithm.isSymmetric else {
                report("expected the name of a signature algorithm in alg, such as ES256")
                return nil
            }
        } else if key.keyType == "RSA" {
            // The other types of key say by themselves what they are for; one key has one algorithm.
            report("expected alg in an RSA key, such as PS256")
            return nil
        }
        return key
    }
}
