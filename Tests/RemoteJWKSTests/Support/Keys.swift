import JOSE

/// Keys and sets for tests.
enum Keys {
    static func make(_ kid: String? = "a", _ algorithm: String = "ES256") throws -> JWK {
        let key = try JWK.generate(algorithm: algorithm, kid: kid ?? "x")
        guard kid == nil else { return key }
        return try with(key, ["kid": nil], private: true)
    }

    /// The public half with members set, or left out where nil.
    static func with(_ key: JWK, _ members: [String: JSONValue?], private isPrivate: Bool = false) throws -> JWK {
        try JWK(object(key, members, private: isPrivate))
    }

    static func object(
        _ key: JWK, _ members: [String: JSONValue?] = [:], private isPrivate: Bool = false
    ) -> JSONObject {
        var object = key.object(includingPrivate: isPrivate)
        for (name, value) in members { object[name] = value }
        return object
    }

    static func set(_ objects: [JSONObject]) -> [UInt8] {
        (["keys": .array(objects.map { .object($0) })] as JSONObject).serialized()
    }

    static func set(_ keys: JWK...) -> [UInt8] { set(keys.map { object($0) }) }

    static func token(_ key: JWK) throws -> String {
        try JWT.sign(claims: ["sub": "me"] as JSONObject, key: SigningKey(key))
    }
}
