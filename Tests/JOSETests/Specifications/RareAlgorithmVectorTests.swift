import Crypto
import Testing

@testable import JOSE

@Suite("Published vectors of the rarer algorithms")
struct RareAlgorithmVectorTests {
    private static func tests(_ path: String) throws -> [JSONValue] {
        try Vectors.load(path)["tests"]?.arrayValue ?? []
    }

    private func base64(_ value: JSONValue?) -> JSONValue { .string(Base64URL.encode(value?.hex ?? [])) }

    @Test("Ed448 signs as in RFC 8032 section 7.4, and finds every changed octet of a signature")
    func ed448() throws {
        let tests = try Self.tests("rfc/rfc8032-ed448.json")
        for test in tests {
            let jwk = try JWK(["kty": "OKP", "crv": "Ed448", "x": base64(test["x"]), "d": base64(test["d"])])
            let (message, expected) = (test["message"]?.hex ?? [], test["signature"]?.hex ?? [])
            #expect(try SigningKey(jwk, algorithm: .ed448).sign(message.span) == expected)
            let key = try VerificationKey(jwk, algorithm: .ed448)
            #expect(key.accepts(expected, over: message))
            #expect(!key.accepts(expected, over: message + [0]))
            #expect(
                !key.accepts(expected + [0], over: message) && !key.accepts([UInt8](expected.dropLast()), over: message)
            )
            for index in expected.indices {
                var changed = expected
                changed[index] ^= 1
                #expect(!key.accepts(changed, over: message), "octet \(index)")
            }
        }
        #expect(tests.count == 8)
    }

    @Test("X448 agrees as in RFC 7748 section 5.2")
    func x448() throws {
        let tests = try Self.tests("rfc/rfc7748-x448.json")
        for test in tests {
            let own = try AgreementPrivateKey(curve: .x448, d: SecretBytes(test["d"]?.hex ?? []))
            let peer = try AgreementPublicKey(curve: .x448, x: test["u"]?.hex ?? [], y: [])
            #expect(own.sharedSecret(with: peer)?.withUnsafeBytes { [UInt8]($0) } == test["shared"]?.hex)
        }
        #expect(tests.count == 3)
    }

    @Test("ES256K verifies what others signed, and nothing else")
    func es256K() throws {
        let tests = try Self.tests("pyca/ecdsa-secp256k1-sha256.json")
        for test in tests {
            let jwk = try JWK([
                "kty": "EC", "crv": "secp256k1", "x": base64(test["x"]), "y": base64(test["y"]), "d": base64(test["d"]),
            ])
            let (message, r, s) = (test["message"]?.hex ?? [], test["r"]?.hex ?? [], test["s"]?.hex ?? [])
            let key = try VerificationKey(jwk, algorithm: .es256K)
            #expect(key.accepts(r + s, over: message))
            #expect(!key.accepts(s + r, over: message) && !key.accepts(r + s, over: message + [0]))
            let signing = try SigningKey(jwk, algorithm: .es256K)
            // One number in 256 is shorter than 32 octets and has to be filled up.
            for _ in 0..<20 {
                let made = try signing.sign(message.span)
                #expect(made.count == 64 && key.accepts(made, over: message))
            }
        }
        #expect(tests.count == 40)
    }

    @Test("RSA-OAEP with SHA-384 and SHA-512 decrypts what others encrypted, and nothing that was changed")
    func oaep() throws {
        var count = 0
        for group in try Vectors.load("pyca/rsa-oaep.json")["groups"]?.arrayValue ?? [] {
            let jwk = try JWK(#require(group["key"]?.objectValue))
            guard case .rsa(let numbers) = jwk.material else { throw KeyMaterial.invalid("expected RSA") }
            let hash = try #require(OAEPHash(rawValue: Int32(group["bits"]?.integerValue ?? 0)))
            let decryptor = try OAEPDecryptor(numbers, hash: hash)
            let other = try OAEPDecryptor(numbers, hash: hash == .sha384 ? .sha512 : .sha384)
            for test in group["tests"]?.arrayValue ?? [] {
                let ciphertext = test["ciphertext"]?.hex ?? []
                let plaintext = decryptor.decrypt(ciphertext)?.withUnsafeBytes { [UInt8]($0) }
                #expect(plaintext == test["message"]?.hex)
                #expect(other.decrypt(ciphertext) == nil)
                var changed = ciphertext
                changed[17] ^= 1
                #expect(decryptor.decrypt(changed) == nil)
                count += 1
            }
        }
        #expect(count == 36)
    }

    @Test(
        "ML-DSA keys, thumbprints and tokens are those of RFC 9964 appendix A", arguments: ["ML-DSA-65", "ML-DSA-87"])
    func mlDSA(name: String) throws {
        let test = try #require(try Self.tests("rfc/rfc9964.json").first { $0["alg"]?.text == name })
        let object = try #require(test["key"]?.objectValue)
        // Reading it checks that the public key comes from the seed.
        let jwk = try JWK(object)
        #expect(jwk.keyType == "AKP" && jwk.isPrivate && jwk.curve == nil)
        #expect(jwk.thumbprint() == test["thumbprint"]?.text)
        #expect(jwk.object(includingPrivate: true) == object)
        let token = try #require(test["jws"]?.text)
        let verified = try JWS.verify(token, key: VerificationKey(jwk))
        #expect(verified.algorithm.rawValue == name)
        #expect(String(decoding: verified.payload, as: UTF8.self).hasPrefix("It\u{2019}s a dangerous business, Frodo"))
    }

    @Test("ML-DSA-44 of RFC 9964 is refused by name, as a key and as a token")
    func mlDSA44() throws {
        let test = try #require(try Self.tests("rfc/rfc9964.json").first { $0["alg"]?.text == "ML-DSA-44" })
        let object = try #require(test["key"]?.objectValue)
        let refused = #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(object) }
        #expect(refused?.reason.contains("ML-DSA-44 is refused") == true)
        let key = try VerificationKey(JWK.generate(algorithm: "ML-DSA-65"))
        let refusedToken = #expect(throws: JOSEError(.algorithmNotAllowed, "")) {
            try JWS.verify(#require(test["jws"]?.text), key: key)
        }
        #expect(refusedToken?.reason.contains("ML-DSA-44 is refused") == true)
    }

    @Test("PBES2 opens the encrypted key of RFC 7517 appendix C")
    func passwordAppendix() throws {
        let password = SecretBytes(octets("Thus from my lips, by yours, my sin is purged."))
        let key = DecryptionKey(try PasswordKey(password, algorithm: .pbes2HS256A128KW))
        var parameters = KeyManagementParameters()
        parameters.salt = try Base64URL.decode("2WCTcJZ1Rvd_CJuJripQ1w")
        parameters.iterations = 4096
        let encryptedKey = try Base64URL.decode("TrqXOwuNUfDV9VPTNbyGvEJ9JMjefAVn-TR1uIxR9p6hsRQh9Tk7BA")
        let expected: [UInt8] = [
            111, 27, 25, 52, 66, 29, 20, 78, 92, 176, 56, 240, 65, 208, 82, 112, 161, 131, 36, 55, 202, 236, 185, 172,
            129, 23, 153, 194, 195, 48, 253, 182,
        ]
        let contentKey = try key.contentKey(parameters, encryptedKey: encryptedKey, for: .a128CBCHS256)
        #expect(contentKey?.withUnsafeBytes { [UInt8]($0) } == expected)
    }

    @Test("PBES2 opens the token of RFC 7520 section 5.3")
    func passwordCookbook() throws {
        let example = try Vectors.load(
            "cookbook/jwe/5_3.key_wrap_using_pbes2-aes-keywrap_with-aes-cbc-hmac-sha2.json"
        )
        let input = try #require(example["input"])
        let token = try #require(example["output"]?["compact"]).text
        let password = SecretBytes(octets(try #require(input["pwd"]).text))
        let key = DecryptionKey(try PasswordKey(password, algorithm: .pbes2HS512A256KW))
        #expect(String(decoding: try JWE.decrypt(token, key: key).plaintext, as: UTF8.self) == input["plaintext"]?.text)
        let wrong = DecryptionKey(try PasswordKey(SecretBytes([1]), algorithm: .pbes2HS512A256KW))
        #expect(throws: JOSEError(.decryptionFailed, "")) { try JWE.decrypt(token, key: wrong) }
    }
}
