import Testing

@testable import JOSE

@Suite("A key of type AKP")
struct AKPTests {
    @Test("is refused without alg, with another's alg, and when its octets are of the wrong number")
    func members() throws {
        let good = try JWK.generate(algorithm: "ML-DSA-65").object(includingPrivate: true)
        #expect(throws: Never.self) { try JWK(good) }
        let octets = try Base64URL.decode(#require(good["pub"]?.stringValue))
        let bad: [(String, JSONValue?)] = [
            ("alg", nil), ("alg", 1), ("alg", "ML-DSA-87"), ("alg", "ML-DSA-44"), ("alg", "ml-dsa-65"),
            ("alg", "ES256"),
            ("pub", nil), ("pub", ""), ("pub", 1), ("pub", .string(Base64URL.encode([UInt8](octets.dropLast())))),
            ("pub", .string(Base64URL.encode(octets + [0]))), ("priv", ""), ("priv", 1),
            ("priv", .string(Base64URL.encode([UInt8](repeating: 1, count: 31)))),
            ("priv", .string(Base64URL.encode([UInt8](repeating: 1, count: 33)))),
            // The expanded key of FIPS 204, which RFC 9964 does not allow.
            ("priv", .string(Base64URL.encode([UInt8](repeating: 1, count: 4032)))),
        ]
        for (name, value) in bad {
            var object = good
            object[name] = value
            #expect(throws: JOSEError(.keyInvalid, ""), "\(name) \(String(describing: value))") { try JWK(object) }
        }
    }

    @Test("is refused when its seed belongs to another public key", arguments: ["ML-DSA-65", "ML-DSA-87"])
    func halves(algorithm: String) throws {
        var one = try JWK.generate(algorithm: algorithm).object(includingPrivate: true)
        one["priv"] = try JWK.generate(algorithm: algorithm).object(includingPrivate: true)["priv"]
        #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(one) }
    }

    @Test("signs and verifies, and its public half verifies only", arguments: ["ML-DSA-65", "ML-DSA-87"])
    func roundTrip(algorithm: String) throws {
        let jwk = try JWK.generate(algorithm: algorithm)
        let token = try JWS.sign(payload: octets("payload"), key: SigningKey(jwk))
        let publicHalf = try #require(jwk.publicJWK())
        #expect(publicHalf.object(includingPrivate: true)["priv"] == nil && !publicHalf.isPrivate)
        #expect(try JWS.verify(token, key: VerificationKey(publicHalf)).payload == octets("payload"))
        #expect(throws: JOSEError(.keyInvalid, "")) { try SigningKey(publicHalf) }
        let stranger = try VerificationKey(JWK.generate(algorithm: algorithm, kid: jwk.kid))
        #expect(throws: JOSEError(.signatureInvalid, "")) { try JWS.verify(token, key: stranger) }
        let parts = token.split(separator: ".").map(String.init)
        var signature = try Base64URL.decode(parts[2])
        for index in [0, signature.count / 2, signature.count - 1] {
            signature[index] ^= 1
            #expect(!(try VerificationKey(jwk)).accepts(signature, over: octets("\(parts[0]).\(parts[1])")))
            signature[index] ^= 1
        }
        #expect(!(try VerificationKey(jwk)).accepts(signature + [0], over: octets("\(parts[0]).\(parts[1])")))
    }

    @Test("keeps to use and key_ops")
    func usage() throws {
        var object = try JWK.generate(algorithm: "ML-DSA-65").object(includingPrivate: true)
        object["use"] = "enc"
        #expect(throws: JOSEError(.keyUseMismatch, "")) { try SigningKey(JWK(object)) }
        #expect(throws: JOSEError(.keyUseMismatch, "")) { try VerificationKey(JWK(object)) }
        object["use"] = nil
        object["key_ops"] = ["verify"]
        #expect(throws: JOSEError(.keyUseMismatch, "")) { try SigningKey(JWK(object)) }
        #expect(throws: Never.self) { try VerificationKey(JWK(object)) }
    }

    @Test("prints nothing of its seed, also when another key carries a member of that name")
    func secrecy() throws {
        let jwk = try JWK.generate(algorithm: "ML-DSA-65")
        let seed = try #require(jwk.object(includingPrivate: true)["priv"]?.stringValue)
        var dumped = ""
        dump(jwk, to: &dumped)
        #expect(!"\(jwk) \(String(reflecting: jwk)) \(dumped)".contains(seed))
        #expect(jwk.object(includingPrivate: false)["priv"] == nil)
        var other = try JWK.generate(algorithm: "ES256").object(includingPrivate: false)
        other["priv"] = .string(seed)
        #expect(try JWK(other).object(includingPrivate: false)["priv"] == nil)
    }
}
