import JOSE
import Testing

@testable import KeyManagement

@Suite("What a ring may be")
struct RingSpecTests {
    @Test(arguments: [
        RingSpec(owner: .issuer, purpose: .accessSigning, algorithm: "HS256"),
        RingSpec(owner: .issuer, purpose: .accessSigning, algorithm: "ECDH-ES"),
        RingSpec(owner: .issuer, purpose: .accessSigning, algorithm: "none"),
        RingSpec(owner: .issuer, purpose: .encryption, algorithm: "A256KW"),
        RingSpec(owner: .issuer, purpose: .mac, algorithm: "HS256"),
        RingSpec(owner: .api("orders"), purpose: .accessSigning, algorithm: "ES256"),
        RingSpec(owner: .api("orders"), purpose: .forwardSigning, algorithm: "ES256"),
        RingSpec(owner: .api("orders"), purpose: .mac, algorithm: "ES256"),
        RingSpec(owner: .api("orders"), purpose: .encryption, algorithm: "dir"),
        RingSpec(owner: .api("orders"), purpose: .encryption, algorithm: "RSA1_5"),
        RingSpec(owner: .api("orders"), purpose: .encryption, algorithm: "PBES2-HS256+A128KW"),
        RingSpec(owner: .api("orders"), purpose: .encryption, algorithm: "HS256"),
        RingSpec(owner: .api(""), purpose: .mac, algorithm: "HS256"),
        RingSpec(owner: .api("a/encryption"), purpose: .mac, algorithm: "HS256"),
        RingSpec(owner: .api(String(repeating: "a", count: 256)), purpose: .mac, algorithm: "HS256"),
    ])
    func partsThatDoNotGoTogetherAreRefused(spec: RingSpec) {
        let error = #expect(throws: KeyError.self) { try spec.validate() }
        #expect(error?.code == .ringInvalid)
    }

    @Test(arguments: [("ES256", "P-384"), ("ECDH-ES", "Ed25519"), ("ECDH-ES", "secp256k1"), ("A256KW", "P-256")])
    func aCurveThatDoesNotFitMakesNoKey(algorithm: String, curve: String) {
        let spec = RingSpec(owner: .issuer, purpose: .accessSigning, algorithm: algorithm, curve: curve)
        let error = #expect(throws: KeyError.self) { try spec.generate() }
        #expect(error?.code == .ringInvalid)
    }

    /// One size of digest for RSA: making a key of 3,072 bits takes a second.
    @Test(
        arguments: SignatureAlgorithm.allCases.filter { !["RS384", "RS512", "PS384", "PS512"].contains($0.rawValue) })
    func everySignatureAlgorithmHasARing(algorithm: SignatureAlgorithm) throws {
        let spec =
            algorithm.isSymmetric
            ? RingSpec(owner: .api("orders"), purpose: .mac, algorithm: algorithm.rawValue)
            : RingSpec(owner: .issuer, purpose: .accessSigning, algorithm: algorithm.rawValue)
        try check(spec)
    }

    /// No ring has passwords, which are for people's files, or HPKE, whose specification is a draft.
    @Test(
        arguments: KeyManagementAlgorithm.allCases.filter {
            $0 != .dir && !$0.rawValue.hasPrefix("PBES2") && !$0.rawValue.hasPrefix("HPKE")
        })
    func everyKeyManagementAlgorithmHasARing(algorithm: KeyManagementAlgorithm) throws {
        try check(RingSpec(owner: .api("orders"), purpose: .encryption, algorithm: algorithm.rawValue))
    }

    @Test(arguments: ContentEncryptionAlgorithm.allCases)
    func everyContentEncryptionHasADirectRing(algorithm: ContentEncryptionAlgorithm) throws {
        try check(RingSpec(owner: .api("orders"), purpose: .encryption, algorithm: algorithm.rawValue))
    }

    @Test(arguments: ["X25519", "P-256", "P-384", "P-521"])
    func everyCurveHasARing(curve: String) throws {
        let spec = RingSpec(owner: .api("orders"), purpose: .encryption, algorithm: "ECDH-ES", curve: curve)
        try check(spec)
        #expect(spec.id == "api/orders/encryption/ECDH-ES/\(curve)")
    }

    private func check(_ spec: RingSpec) throws {
        try spec.validate()
        let key = try spec.generate()
        let kid = try #require(key.kid)
        #expect(try Base64URL.decode(kid).count == 16, "a kid is 128 random bits")
        let secret = SecretBytes(key.serialized(includingPrivate: true))
        let parsed = try ParsedKey(secret: secret, kid: kid, ring: spec)
        #expect((parsed.signing != nil) == (spec.purpose != .encryption))
        #expect((parsed.decryption != nil) == (spec.purpose == .encryption))
        #expect(throws: KeyError.self) { try ParsedKey(secret: secret, kid: "another", ring: spec) }
    }
}
