import Testing

@testable import JOSE

@Suite("An algorithm that is known and refused")
struct RefusedAlgorithmTests {
    static let names = [
        "none", "NONE", "nOnE", "RSA1_5", "ML-DSA-44", "RS1", "HS1", "ECDH-1PU", "ECDH-1PU+A256KW", "C20P", "XC20P",
        "A128CTR", "A256CBC", "HPKE-5", "HPKE-6-KE", "HPKE-8", "HPKE-12-KE", "SLH-DSA-SHA2-128s", "ESB256",
    ]

    @Test("is named in the refusal with why, wherever it comes up", arguments: names)
    func named(name: String) throws {
        let why = try #require(RefusedAlgorithm.reason(name))
        for purpose in ["signatures", "encryption"] {
            let refusal = RefusedAlgorithm.refusal(of: name, for: purpose)
            #expect(refusal.code == .algorithmNotAllowed && refusal.reason == "\(name) is refused: \(why)")
        }
        #expect(SignatureAlgorithm(name: name) == nil && KeyManagementAlgorithm(rawValue: name) == nil)
        let generated = #expect(throws: JOSEError(.algorithmNotAllowed, "")) { try JWK.generate(algorithm: name) }
        #expect(generated?.reason.contains(why) == true)

        var object = try JWK.generate(algorithm: "ES256").object(includingPrivate: true)
        object["alg"] = .string(name)
        let jwk = try JWK(object)
        let bound = #expect(throws: JOSEError(.keyInvalid, "")) { try SigningKey(jwk) }
        #expect(bound?.reason.contains(why) == true)
        let recipient = #expect(throws: JOSEError(.keyInvalid, "")) { try DecryptionKey(jwk) }
        #expect(recipient?.reason.contains(why) == true)

        let header = Base64URL.encode(octets(#"{"alg":"\#(name)","enc":"A256GCM"}"#))
        let key = try VerificationKey(JWK.generate(algorithm: "ES256"))
        let jws = #expect(throws: JOSEError(.algorithmNotAllowed, "")) { try JWS.verify("\(header).e30.AA", key: key) }
        #expect(jws?.reason.contains(why) == true)
        let decryption = try DecryptionKey(JWK.generate(algorithm: "A256KW"))
        let jwe = #expect(throws: JOSEError(.algorithmNotAllowed, "")) {
            try JWE.decrypt("\(header).AA.AA.AA.AA", key: decryption)
        }
        #expect(jwe?.reason.contains(why) == true)
    }

    @Test("is told from one that is for something else, and from one that nobody knows")
    func others() {
        #expect(
            RefusedAlgorithm.refusal(of: "ES256", for: "encryption").reason
                == "ES256 is not an algorithm for encryption")
        #expect(
            RefusedAlgorithm.refusal(of: "X\u{1B}[31m", for: "signatures").reason
                == "X?[31m is no algorithm that is known here for signatures"
        )
        #expect(
            RefusedAlgorithm.refusal(of: String(repeating: "x", count: 9999), for: "signatures").reason.utf8.count < 120
        )
        for algorithm in SignatureAlgorithm.allCases { #expect(RefusedAlgorithm.reason(algorithm.rawValue) == nil) }
        for algorithm in KeyManagementAlgorithm.allCases { #expect(RefusedAlgorithm.reason(algorithm.rawValue) == nil) }
        for algorithm in ContentEncryptionAlgorithm.allCases {
            #expect(RefusedAlgorithm.reason(algorithm.rawValue) == nil)
        }
    }
}
