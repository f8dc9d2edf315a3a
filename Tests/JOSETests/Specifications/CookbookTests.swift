import Testing

@testable import JOSE

@Suite("The JOSE cookbook, RFC 7520")
struct CookbookTests {
    static let signatures = [
        "jws/4_1.rsa_v15_signature", "jws/4_2.rsa-pss_signature", "jws/4_3.ecdsa_signature",
        "jws/4_4.hmac-sha2_integrity_protection", "curve25519/jws",
    ]
    static let encryptions = [
        "jwe/5_2.key_encryption_using_rsa-oaep_with_aes-gcm",
        "jwe/5_4.key_agreement_with_key_wrapping_using_ecdh-es_and_aes-keywrap_with_aes-gcm",
        "jwe/5_5.key_agreement_using_ecdh-es_with_aes-cbc-hmac-sha2",
        "jwe/5_6.direct_encryption_using_aes-gcm",
        "jwe/5_7.key_wrap_using_aes-gcm_keywrap_with_aes-cbc-hmac-sha2",
        "jwe/5_8.key_wrap_using_aes-keywrap_with_aes-gcm",
        "curve25519/ecdh-es",
    ]
    static let keys = [
        "3_1.ec_public_key", "3_2.ec_private_key", "3_3.rsa_public_key", "3_4.rsa_private_key",
        "3_5.symmetric_key_mac_computation", "3_6.symmetric_key_encryption",
    ]

    @Test("has signatures that verify", arguments: signatures)
    func signature(path: String) throws {
        let example = try Vectors.load("cookbook/\(path).json")
        let input = try #require(example["input"])
        let jwk = try JWK(#require(input["key"]?.objectValue))
        let algorithm = try #require(SignatureAlgorithm(name: input["alg"]?.text ?? ""))
        let token = try #require(example["output"]?["compact"]).text
        let verified = try JWS.verify(token, key: VerificationKey(jwk, algorithm: algorithm))
        #expect(String(decoding: verified.payload, as: UTF8.self) == input["payload"]?.text)
        #expect(verified.header == example["signing"]?["protected"]?.objectValue)
    }

    @Test("has tokens that decrypt", arguments: encryptions)
    func encryption(path: String) throws {
        let example = try Vectors.load("cookbook/\(path).json")
        let input = try #require(example["input"])
        let jwk = try JWK(#require(input["key"]?.objectValue))
        let algorithm = try #require(KeyManagementAlgorithm(rawValue: input["alg"]?.text ?? ""))
        let token = try #require(example["output"]?["compact"]).text
        let decrypted = try JWE.decrypt(token, key: DecryptionKey(jwk, algorithm: algorithm))
        #expect(String(decoding: decrypted.plaintext, as: UTF8.self) == input["plaintext"]?.text)
        #expect(decrypted.contentEncryption?.rawValue == input["enc"]?.text)
    }

    @Test("has keys that are read and written back whole", arguments: keys)
    func key(name: String) throws {
        let object = try #require(try Vectors.load("cookbook/jwk/\(name).json").objectValue)
        #expect(try JWK(object).object(includingPrivate: true) == object)
    }

    @Test("has a token of RSA1_5, which is refused")
    func rsa15() throws {
        let example = try Vectors.load(
            "cookbook/jwe/5_1.key_encryption_using_rsa_v15_and_aes-hmac-sha2.json"
        )
        let jwk = try JWK(#require(example["input"]?["key"]?.objectValue))
        let token = try #require(example["output"]?["compact"]).text
        for algorithm in [KeyManagementAlgorithm.rsaOAEP, .rsaOAEP256] {
            #expect(throws: JOSEError(.algorithmNotAllowed, "")) {
                try JWE.decrypt(token, key: DecryptionKey(jwk, algorithm: algorithm))
            }
        }
        #expect(KeyManagementAlgorithm(rawValue: "RSA1_5") == nil)
    }

    @Test("has a nested token, which opens layer by layer but is no access token")
    func nested() throws {
        let example = try Vectors.load("cookbook/6.nesting_signatures_and_encryption.json")
        let signing = try JWK(#require(example["sign"]?["input"]?["key"]?.objectValue))
        let encryption = try JWK(#require(example["encrypt"]?["input"]?["key"]?.objectValue))
        let token = try #require(example["encrypt"]?["output"]?["compact"]).text
        let decryptionKey = try DecryptionKey(encryption, algorithm: .rsaOAEP)
        let inner = String(decoding: try JWE.decrypt(token, key: decryptionKey).plaintext, as: UTF8.self)
        let verified = try JWS.verify(inner, key: VerificationKey(signing, algorithm: .ps256))
        #expect(try JWTClaims(parsing: verified.payload).issuer == "hobbiton.example")
        // Its headers name no keys, and nothing is tried.
        let named = JWK(material: encryption.material, kid: "samwise", algorithm: nil, use: "enc")
        #expect(throws: JOSEError.self) {
            try NestedToken.open(
                token,
                decryptionKeys: KeyDirectory([DecryptionKey(named, algorithm: .rsaOAEP)]),
                verificationKeys: KeyDirectory([VerificationKey(signing, algorithm: .ps256)]),
                contentEncryption: ContentEncryptionAlgorithm.all
            )
        }
    }
}
