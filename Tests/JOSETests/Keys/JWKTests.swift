import Testing

@testable import JOSE

@Suite("A JWK")
struct JWKTests {
    static let p256: JSONObject = [
        "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
    ]

    /// A good key with one member changed; nil removes it.
    private func changed(_ name: String, _ value: JSONValue?) -> JSONObject {
        var object = Self.p256
        object[name] = value
        return object
    }

    @Test("is refused when a member is missing, of the wrong type or out of range")
    func members() {
        let bad: [(String, JSONValue?)] = [
            ("kty", nil), ("kty", 1), ("kty", "ec"), ("kty", "RSA"), ("kty", "OKP"), ("crv", nil), ("crv", "P-384"),
            ("crv", "secp256k1"), ("crv", "p-256"), ("x", nil), ("x", 5), ("x", ""), ("x", "AAAA"),
            ("x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU="), ("y", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
            ("d", "AA"), ("d", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
            ("d", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"), ("d", "__________________________________________8"),
            ("kid", 1), ("kid", ""), ("kid", .string(String(repeating: "k", count: 513))), ("alg", 1), ("use", .null),
            ("use", ["sig"]), ("key_ops", "sign"), ("key_ops", [1]), ("key_ops", ["sign", "sign"]),
        ]
        for (name, value) in bad {
            #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(changed(name, value)) }
        }
        #expect(throws: Never.self) { try JWK(Self.p256) }
    }

    @Test("is refused when its point is not on its curve")
    func offCurve() {
        // (x, y + 1)
        #expect(throws: JOSEError(.keyInvalid, "")) {
            try JWK(changed("y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a4"))
        }
    }

    @Test(
        "is refused when its private half belongs to another public half",
        arguments: ["ES256", "ES384", "ES512", "Ed25519", "ECDH-ES"])
    func halves(algorithm: String) throws {
        let one = try JWK.generate(algorithm: algorithm).object(includingPrivate: true)
        var other = try JWK.generate(algorithm: algorithm).object(includingPrivate: true)
        other["d"] = one["d"]
        #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(other) }
        #expect(throws: Never.self) { try JWK(one) }
    }

    @Test("of RSA is refused when its numbers do not belong together, are too small, or are not all there")
    func rsa() throws {
        let key = try JWK.generate(algorithm: "RS256").object(includingPrivate: true)
        #expect(throws: Never.self) { try JWK(key) }
        for name in ["d", "p", "q", "dp", "dq", "qi"] {
            var missing = key
            missing[name] = nil
            #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(missing) }
            var octets = try Base64URL.decode(key[name]?.text ?? "")
            octets[octets.count - 1] ^= 2
            var wrong = key
            wrong[name] = .string(Base64URL.encode(octets))
            #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(wrong) }
        }
        for exponent in ["AQ", "Ag", "AQAA", "AAEAAQ", "", "__________8"] {
            var wrong = key
            wrong["e"] = .string(exponent)
            #expect(throws: JOSEError(.keyInvalid, ""), "\(exponent)") { try JWK(wrong) }
        }
        let n = try Base64URL.decode(key["n"]?.text ?? "")
        let padded: JSONObject = ["kty": "RSA", "e": "AQAB", "n": .string(Base64URL.encode([0] + n))]
        #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(padded) }
        let small: JSONObject = ["kty": "RSA", "e": "AQAB", "n": .string(Base64URL.encode([UInt8](n.prefix(128))))]
        #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(small) }
        let huge: JSONObject = [
            "kty": "RSA", "e": "AQAB", "n": .string(Base64URL.encode([UInt8](repeating: 0xFF, count: 2048))),
        ]
        #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(huge) }
        var multi = key
        multi["oth"] = []
        #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(multi) }
    }

    @Test("of RSA may come without its primes, which are then worked out", arguments: [2048, 3072])
    func rsaExponentOnly(bits: Int) throws {
        let whole = try JWK.generate(algorithm: "RS256", rsaBits: bits).object(includingPrivate: true)
        var lone = whole
        for name in ["p", "q", "dp", "dq", "qi"] { lone[name] = nil }
        let key = try JWK(lone)
        #expect(key.isPrivate)
        let found = key.object(includingPrivate: true)
        // p and q may have changed places.
        #expect(Set(["p", "q"].compactMap { found[$0]?.text }) == Set(["p", "q"].compactMap { whole[$0]?.text }))
        let token = try JWS.sign(payload: [1, 2, 3], key: SigningKey(key))
        #expect(try JWS.verify(token, key: VerificationKey(try JWK(whole))).payload == [1, 2, 3])
        for wrong in ["AQAB", "Aw", whole["n"]?.text ?? "", whole["p"]?.text ?? ""] {
            lone["d"] = .string(wrong)
            #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(lone) }
        }
    }

    @Test("of RSA never traps on chance numbers")
    func rsaMutations() throws {
        let key = try JWK.generate(algorithm: "RS256").object(includingPrivate: true)
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<300 {
            var changed = key
            let name = ["n", "e", "d", "p", "q", "dp", "dq", "qi"][Int.random(in: 0..<8, using: &generator)]
            var octets = try Base64URL.decode(key[name]?.text ?? "")
            mutate(&octets, &generator)
            changed[name] = .string(Base64URL.encode(octets))
            _ = try? JWK(changed)
        }
    }

    /// Every encoding of a point of order 1, 2, 4 or 8 on edwards25519, and those that are not canonical.
    static let weakEdwards: [String] = {
        let zeros = String(repeating: "00", count: 30)
        let ones = String(repeating: "ff", count: 30)
        return [
            "00" + zeros + "00", "00" + zeros + "80", "01" + zeros + "00", "01" + zeros + "80",
            "ec" + ones + "7f", "ec" + ones + "ff", "ed" + ones + "7f", "ed" + ones + "ff", "ee" + ones + "7f",
            "ee" + ones + "ff", "ff" + ones + "ff",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        ]
    }()

    @Test("of Ed25519 is refused when it is of low order or not canonical", arguments: weakEdwards)
    func lowOrderEdwards(key: String) {
        let x = Base64URL.encode(JSONValue.string(key).hex)
        #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(["kty": "OKP", "crv": "Ed25519", "x": .string(x)]) }
    }

    static let weakMontgomery = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ]

    @Test("of X25519 is refused when every exchange with it gives zero", arguments: weakMontgomery)
    func lowOrderMontgomery(key: String) {
        let x = Base64URL.encode(JSONValue.string(key).hex)
        #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(["kty": "OKP", "crv": "X25519", "x": .string(x)]) }
    }

    @Test("that is symmetric is refused when it is empty")
    func empty() {
        #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(["kty": "oct", "k": ""]) }
        #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(["kty": "oct"]) }
    }

    @Test("prints nothing of its secrets", arguments: ["HS256", "ES256", "Ed25519", "ECDH-ES", "RS256"])
    func printing(algorithm: String) throws {
        let key = try JWK.generate(algorithm: algorithm)
        var dumped = ""
        dump(key, to: &dumped)
        let shown = "\(key) \(String(reflecting: key)) \(dumped)"
        for name in ["d", "k", "p", "q", "dp", "dq", "qi"] {
            if let secret = key.object(includingPrivate: true)[name]?.stringValue { #expect(!shown.contains(secret)) }
            #expect(key.object(includingPrivate: false)[name] == nil)
        }
    }

    @Test(
        "is made for any algorithm, with a name of 128 random bits",
        arguments: [
            "HS256", "HS384", "HS512", "RS256", "PS512", "ES256", "ES384", "ES512", "ES256K", "Ed25519", "EdDSA",
            "Ed448",
            "ML-DSA-65", "ML-DSA-87", "A128KW", "A192GCMKW", "A256KW", "ECDH-ES", "ECDH-ES+A256KW", "RSA-OAEP",
            "RSA-OAEP-256", "RSA-OAEP-384", "RSA-OAEP-512", "A256GCM", "A128CBC-HS256",
        ])
    func generation(algorithm: String) throws {
        let key = try JWK.generate(algorithm: algorithm)
        #expect(key.isPrivate)
        #expect(try Base64URL.decode(#require(key.kid)).count == 16)
        #expect(key.kid != key.thumbprint())
        #expect(key.algorithm == (algorithm == "EdDSA" ? "Ed25519" : algorithm))
        #expect(try JWK(parsing: key.serialized(includingPrivate: true)) == key)
        if key.keyType == "oct" {
            #expect(key.publicJWK() == nil)
        } else {
            let publicKey = try #require(key.publicJWK())
            #expect(!publicKey.isPrivate && publicKey.kid == key.kid)
            #expect(publicKey.thumbprint() == key.thumbprint())
        }
    }

    @Test("is not made for an algorithm or a curve that does not exist or fit")
    func generationRefused() {
        for (algorithm, curve) in [
            ("none", nil), ("RSA1_5", nil), ("PBES2-HS256+A128KW", nil), ("hs256", nil), ("dir", nil), ("", nil),
            ("A128\u{212A}W", nil),
            ("ES256", "P-384"), ("HS256", "P-256"), ("ECDH-ES", "Ed25519"), ("ECDH-ES", "Ed448"),
            ("ECDH-ES", "secp256k1"),
            ("ECDH-ES", "x448"), ("ES256K", "P-256"), ("Ed448", "Ed25519"), ("ML-DSA-65", "P-256"), ("ML-DSA-44", nil),
            ("RS256", "P-256"),
        ] as [(String, String?)] {
            #expect(throws: JOSEError.self) { try JWK.generate(algorithm: algorithm, curve: curve) }
        }
        #expect(throws: JOSEError.self) { try JWK.generate(algorithm: "RS256", rsaBits: 1024) }
        #expect(throws: JOSEError.self) { try JWK.generate(algorithm: "ES256", use: "enc") }
        #expect(throws: JOSEError.self) { try JWK.generate(algorithm: "ES256", kid: "") }
    }

    @Test("that is made gets a kid of 128 bits that no command line takes for an option")
    func madeKeyIDs() throws {
        var kids = Set<String>()
        // One in 64 would begin with a hyphen.
        for _ in 0..<2000 {
            let kid = try #require(try JWK.generate(algorithm: "A128KW").kid)
            #expect(kid.utf8.count == 22 && !kid.hasPrefix("-"))
            kids.insert(kid)
        }
        #expect(kids.count == 2000)
    }

    @Test("turns its operations round when it is made public, and keeps members it does not know")
    func publicHalf() throws {
        var object = Self.p256
        object["key_ops"] = ["sign", "verify"]
        object["x5t"] = "abc"
        let key = try #require(try JWK(object).publicJWK())
        #expect(key.keyOperations == ["verify"])
        #expect(key.object(includingPrivate: false)["x5t"] == "abc")
        #expect(key.object(includingPrivate: true)["d"] == nil)
    }
}

@Suite("A JWK set")
struct JWKSetTests {
    @Test("is refused when it is malformed or has one kid twice for keys of one type")
    func refusal() throws {
        for text in ["{}", #"{"keys":{}}"#, #"{"keys":[1]}"#, #"{"keys":"x"}"#] {
            #expect(throws: JOSEError(.keyInvalid, "")) { try JWKSet(parsing: octets(text)) }
        }
        let one = try JWK.generate(algorithm: "ES256", kid: "a").object(includingPrivate: false)
        let two = try JWK.generate(algorithm: "ES384", kid: "a").object(includingPrivate: true)
        #expect(throws: JOSEError(.keyAmbiguous, "")) { try JWKSet(["keys": [.object(one), .object(two)]]) }
        let other = try JWK.generate(algorithm: "HS256", kid: "a").object(includingPrivate: true)
        #expect(try JWKSet(["keys": [.object(one), .object(other)]]).keys.count == 2)
        let many = JSONValue.array([JSONValue](repeating: .object(["kty": "x"]), count: 1001))
        #expect(throws: JOSEError(.keyInvalid, "")) { try JWKSet(["keys": many]) }
    }

    @Test("goes on without keys that it can't use, and says why")
    func ignored() throws {
        let good = try JWK.generate(algorithm: "ES256", kid: "good")
        let set = try JWKSet([
            "keys": [
                ["kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"], ["kty": "AKP"],
                .object(good.object(includingPrivate: false)),
            ]
        ])
        #expect(set.keys.map(\.kid) == ["good"])
        #expect(set.ignored.count == 2)
        #expect(set.key("good") != nil && set.key("bad") == nil)
    }

    @Test("shows no secrets unless asked")
    func serialization() throws {
        let set = JWKSet([try JWK.generate(algorithm: "ES256"), try JWK.generate(algorithm: "HS256")])
        let shown = try JWKSet(parsing: set.serialized())
        #expect(shown.keys.count == 1 && shown.keys.allSatisfy { !$0.isPrivate })
        #expect(try JWKSet(parsing: set.serialized(includingPrivate: true)).keys == set.keys)
    }
}
