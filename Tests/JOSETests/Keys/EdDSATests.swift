import Testing

@testable import JOSE

@Suite("The name EdDSA")
struct EdDSATests {
    private func token(_ name: String, _ key: SigningKey) throws -> String {
        let input = Base64URL.encode(octets(#"{"alg":"\#(name)"}"#)) + ".e30"
        return input + "." + Base64URL.encode(try key.sign(octets(input).span))
    }

    @Test("stands in a token for the algorithm of the key's curve", arguments: ["Ed25519", "Ed448"])
    func header(algorithm: String) throws {
        let jwk = try JWK.generate(algorithm: algorithm)
        let signing = try SigningKey(jwk)
        let key = try VerificationKey(jwk)
        for name in ["EdDSA", algorithm] {
            #expect(try JWS.verify(token(name, signing), key: key).algorithm.rawValue == algorithm)
        }
        let other = algorithm == "Ed448" ? "Ed25519" : "Ed448"
        for name in [other, "eddsa", "EDDSA", "ES256"] {
            #expect(throws: JOSEError(.algorithmNotAllowed, ""), "\(name)") {
                try JWS.verify(token(name, signing), key: key)
            }
        }
        // What is written has the full name (RFC 9864).
        let written = try JWS.verify(JWS.sign(payload: [], key: signing), key: key)
        #expect(written.header["alg"] == .string(algorithm))
    }

    @Test("stands in a key for the algorithm of its curve", arguments: ["Ed25519", "Ed448"])
    func key(algorithm: String) throws {
        var object = try JWK.generate(algorithm: algorithm).object(includingPrivate: true)
        object["alg"] = "EdDSA"
        let jwk = try JWK(object)
        #expect(try SigningKey(jwk).algorithm.rawValue == algorithm)
        #expect(try VerificationKey(jwk).algorithm.rawValue == algorithm)
        let other: SignatureAlgorithm = algorithm == "Ed448" ? .ed25519 : .ed448
        #expect(throws: JOSEError(.keyMismatch, "")) { try VerificationKey(jwk, algorithm: other) }
    }

    @Test("makes keys of either curve")
    func generation() throws {
        #expect(try JWK.generate(algorithm: "EdDSA").algorithm == "Ed25519")
        #expect(try JWK.generate(algorithm: "EdDSA", curve: "Ed25519").algorithm == "Ed25519")
        let jwk = try JWK.generate(algorithm: "EdDSA", curve: "Ed448")
        #expect(jwk.algorithm == "Ed448" && jwk.curve == "Ed448")
        #expect(throws: JOSEError(.keyInvalid, "")) { try JWK.generate(algorithm: "EdDSA", curve: "X448") }
    }
}
