/// A set of keys (RFC 7517 section 5).
public struct JWKSet: Sendable, Equatable {
    /// The keys, in order.
    public var keys: [JWK]

    /// Why members of a parsed set were passed over: keys of unknown type or curve, or too weak to be used. RFC 7517
    /// section 5 asks readers to go on with the others.
    public private(set) var ignored: [JOSEError] = []

    /// The most keys that a parsed set may have.
    public static let maximumKeys = 1_000

    /// A set of these keys.
    public init(_ keys: [JWK] = []) {
        self.keys = keys
    }

    /// Reads a set.
    /// - Throws: `json-invalid`, `json-duplicate-member`; `key-invalid` if `keys` is no array of objects or too long;
    ///   `key-ambiguous` if two keys of one type have the same `kid`. Keys of different types may be alternatives under
    ///   one name (RFC 7517 section 4.5): a token's `alg` tells them apart.
    public init(_ object: JSONObject) throws(JOSEError) {
        guard let elements = object["keys"]?.arrayValue else { throw KeyMaterial.invalid("expected keys, an array") }
        guard elements.count <= Self.maximumKeys else {
            throw KeyMaterial.invalid("expected at most \(Self.maximumKeys) keys, got \(elements.count)")
        }
        keys = []
        var names: Set<[UInt8]> = []
        for element in elements {
            guard let member = element.objectValue else { throw KeyMaterial.invalid("expected objects in keys") }
            if let kid = member["kid"]?.stringValue {
                // No octet of UTF-8 is 0xFF, so that a type and a name can't be another type and name.
                let name = [UInt8]((member["kty"]?.stringValue ?? "").utf8) + [0xFF] + [UInt8](kid.utf8)
                guard names.insert(name).inserted else {
                    throw JOSEError(.keyAmbiguous, "two keys of the set have the same kid")
                }
            }
            do {
                keys.append(try JWK(member))
            } catch {
                ignored.append(error)
            }
        }
    }

    /// Reads a set; see `init(_:)`.
    public init(parsing text: [UInt8]) throws(JOSEError) {
        try self.init(JSONObject(parsing: text))
    }

    /// The first key of that name, or nil.
    public func key(_ kid: String) -> JWK? {
        keys.first { key in key.kid.map { isSameText($0, kid) } ?? false }
    }

    /// The members. Without `includingPrivate` the public halves, symmetric keys left out.
    public func object(includingPrivate: Bool) -> JSONObject {
        let shown = includingPrivate ? keys : keys.compactMap { $0.publicJWK() }
        return ["keys": .array(shown.map { .object($0.object(includingPrivate: includingPrivate)) })]
    }

    /// The text of the set. Without `includingPrivate` the public halves, symmetric keys left out.
    public func serialized(includingPrivate: Bool = false) -> [UInt8] {
        object(includingPrivate: includingPrivate).serialized()
    }
}
