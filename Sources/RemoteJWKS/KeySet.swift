import JOSE

/// The usable verification keys of one published set.
struct KeySet: Sendable {
    /// Why keys were passed over.
    let passedOver: [JOSEError]

    private let named: KeyDirectory<VerificationKey>
    private let ambiguous: Set<[UInt8]>
    /// The set's only key, when it has no name.
    private let unnamed: VerificationKey?

    /// Reads a set, strictly as JSON, leniently as a set: keys that are for something else, unknown, weak or not
    /// allowed are passed over (RFC 7517 section 5).
    /// - Throws: `set-invalid`.
    init(
        parsing text: [UInt8], algorithms: [SignatureAlgorithm], maximumKeys: Int
    ) throws(RemoteJWKSError) {
        let elements: [JSONValue]?
        do {
            elements = try JSONObject(parsing: text)["keys"]?.arrayValue
        } catch {
            throw RemoteJWKSError(.setInvalid, "the key set can't be read: \(error.code.rawValue)")
        }
        guard let elements else { throw RemoteJWKSError(.setInvalid, "expected keys, an array") }
        guard elements.count <= maximumKeys else {
            throw RemoteJWKSError(.setInvalid, "expected at most \(maximumKeys) keys, got \(elements.count)")
        }
        var keys: [VerificationKey] = []
        var passedOver: [JOSEError] = []
        for element in elements {
            guard let object = element.objectValue else {
                throw RemoteJWKSError(.setInvalid, "expected objects in keys")
            }
            do {
                keys.append(try Self.key(object, algorithms))
            } catch {
                passedOver.append(error)
            }
        }
        try self.init(keys, passedOver)
    }

    private init(_ keys: [VerificationKey], _ passedOver: [JOSEError]) throws(RemoteJWKSError) {
        var names: Set<[UInt8]> = []
        var twice: Set<[UInt8]> = []
        for name in keys.compactMap({ $0.kid.map(Self.octets) }) where !names.insert(name).inserted {
            twice.insert(name)
        }
        do {
            named = try KeyDirectory(keys.filter { $0.kid.map { !twice.contains(Self.octets($0)) } ?? false })
        } catch {
            throw RemoteJWKSError(.setInvalid, "the keys make no directory: \(error.code.rawValue)")
        }
        ambiguous = twice
        unnamed = keys.count == 1 && keys.first?.kid == nil ? keys.first : nil
        self.passedOver = passedOver
    }

    /// The number of keys that can be found.
    var count: Int { named.count + (unnamed == nil ? 0 : 1) }

    /// The key of that name, or the refusal of a name that several keys have; nil when there is no such key.
    func find(_ kid: String?) -> Result<VerificationKey, RemoteJWKSError>? {
        guard let kid else { return unnamed.map { .success($0) } }
        if let key = named[kid] { return .success(key) }
        guard !ambiguous.isEmpty, ambiguous.contains(Self.octets(kid)) else { return nil }
        return .failure(RemoteJWKSError(.keyAmbiguous, "several keys of the set have that name"))
    }

    /// Whether a set can have a key of that name at all.
    static func canBeName(_ kid: String?) -> Bool {
        guard let kid else { return true }
        return (1...JWK.maximumKeyIDBytes).contains(kid.utf8.count)
    }

    /// Names are compared by octets: equality of strings would take different names for the same.
    private static func octets(_ kid: String) -> [UInt8] { [UInt8](kid.utf8) }

    private static func key(
        _ object: JSONObject, _ algorithms: [SignatureAlgorithm]
    ) throws(JOSEError) -> VerificationKey {
        if let use = object["use"], use != "sig" {
            throw JOSEError(.keyUseMismatch, "expected a key of use sig")
        }
        let jwk = try JWK(object)
        guard jwk.keyType != "oct" else { throw JOSEError(.keyInvalid, "a published symmetric key is no secret") }
        guard !jwk.isPrivate else { throw JOSEError(.keyInvalid, "a published private key is no secret") }
        if jwk.algorithm != nil {
            let key = try VerificationKey(jwk)
            guard algorithms.contains(key.algorithm) else {
                throw JOSEError(.algorithmNotAllowed, "the key's alg is not allowed")
            }
            return key
        }
        // One key, one algorithm: without alg, what is allowed must leave no choice.
        let fitting = Set(algorithms).compactMap { try? VerificationKey(jwk, algorithm: $0) }
        guard fitting.count <= 1 else { throw JOSEError(.keyAmbiguous, "the key names no alg and several fit") }
        guard let key = fitting.first else {
            throw JOSEError(.algorithmNotAllowed, "no algorithm that is allowed fits the key")
        }
        return key
    }
}
