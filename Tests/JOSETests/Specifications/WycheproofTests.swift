import Crypto
import Testing

@testable import JOSE

@Suite("Wycheproof")
struct WycheproofTests {
    @Test("AES-CBC with HMAC", arguments: ["a128cbc_hs256_test", "a192cbc_hs384_test", "a256cbc_hs512_test"])
    func cbcHMAC(file: String) throws {
        let algorithm: ContentEncryptionAlgorithm =
            file.hasPrefix("a128") ? .a128CBCHS256 : file.hasPrefix("a192") ? .a192CBCHS384 : .a256CBCHS512
        var published = 0
        for (_, test) in try Vectors.wycheproof(file) {
            let (key, iv, aad) = (test["key"]?.hex ?? [], test["iv"]?.hex ?? [], test["aad"]?.hex ?? [])
            let (message, ciphertext, tag) = (test["msg"]?.hex ?? [], test["ct"]?.hex ?? [], test["tag"]?.hex ?? [])
            let sizesFit = key.count == algorithm.keyBytes && iv.count == 16 && tag.count == algorithm.tagBytes
            var opened: [UInt8]?
            if sizesFit {
                opened = aad.withUnsafeBytes {
                    CBCHMAC.open(iv + ciphertext + tag, with: SymmetricKey(data: key), algorithm, authenticating: $0)
                }.map { [UInt8]($0) }
            }
            let isValid = test["result"]?.text == "valid"
            #expect(opened == (isValid ? message : nil), "\(file) \(test["tcId"]?.integerValue ?? 0)")
            if test["flags"] == ["Ktv"], isValid {
                // Appendix B of RFC 7518: sealing gives the same octets.
                published += 1
                let sealed = try message.withUnsafeBytes {
                    try CBCHMAC.seal($0, with: SymmetricKey(data: key), algorithm, nonce: iv, authenticating: aad)
                }
                #expect(sealed.ciphertext == ciphertext && sealed.tag == tag)
            }
        }
        #expect(published >= 1)
    }

    @Test("AES key wrap")
    func keyWrap() throws {
        for (_, test) in try Vectors.wycheproof("aes_wrap_test") {
            let key = test["key"]?.hex ?? []
            let algorithm: KeyManagementAlgorithm =
                key.count == 16 ? .a128KW : key.count == 24 ? .a192KW : .a256KW
            let jwk = try JWK(["kty": "oct", "k": .string(Base64URL.encode(key))])
            let decryptionKey = try DecryptionKey(jwk, algorithm: algorithm)
            let message = test["msg"]?.hex ?? []
            let isValid = test["result"]?.text == "valid"
            for content in ContentEncryptionAlgorithm.allCases {
                let unwrapped = try decryptionKey.contentKey(
                    KeyManagementParameters(), encryptedKey: test["ct"]?.hex ?? [], for: content
                )
                // Keys of a length that no content encryption has are refused whatever the vector says.
                let expected = isValid && message.count == content.keyBytes ? message : nil
                #expect(
                    unwrapped.map { $0.withUnsafeBytes { [UInt8]($0) } } == expected,
                    "\(test["tcId"]?.integerValue ?? 0)"
                )
            }
        }
    }

    @Test("X25519 with JWKs")
    func x25519() throws {
        var (agreed, refused) = (0, 0)
        for (_, test) in try Vectors.wycheproof("x25519_jwk_test") {
            let isZero = (test["shared"]?.hex ?? []).allSatisfy { $0 == 0 }
            let secret = try? sharedSecret(test)
            switch test["result"]?.text {
            case "valid":
                #expect(secret == test["shared"]?.hex, "\(test["tcId"]?.integerValue ?? 0)")
            case "acceptable":
                // Low order and zero secrets are refused; what is agreed on must be right.
                #expect(
                    secret == nil || (secret == test["shared"]?.hex && !isZero), "\(test["tcId"]?.integerValue ?? 0)")
            default:
                #expect(secret == nil, "\(test["tcId"]?.integerValue ?? 0)")
            }
            if secret == nil { refused += 1 } else { agreed += 1 }
        }
        #expect(agreed > 200 && refused > 10)
    }

    @Test("ECDH on P-256 with JWKs")
    func p256() throws {
        var (agreed, refused) = (0, 0)
        for (_, test) in try Vectors.wycheproof("ecdh_secp256r1_webcrypto_test") {
            let secret = try? sharedSecret(test)
            if test["result"]?.text == "valid" {
                #expect(secret == test["shared"]?.hex, "\(test["tcId"]?.integerValue ?? 0)")
            } else if test["result"]?.text == "invalid" {
                #expect(secret == nil, "\(test["tcId"]?.integerValue ?? 0)")
            }
            if secret == nil { refused += 1 } else { agreed += 1 }
        }
        #expect(agreed > 200 && refused > 10)
    }

    /// What the two keys agree on, through the same doors as a token: JWKs in, and no secret of zero out.
    private func sharedSecret(_ test: JSONValue) throws -> [UInt8]? {
        let own = try JWK(#require(test["private"]?.objectValue))
        let peer = try JWK(#require(test["public"]?.objectValue))
        let decryption = try DecryptionKey(own, algorithm: .ecdhES)
        let encryption = try EncryptionKey(peer, algorithm: .ecdhES)
        guard case .agreement(let privateKey) = decryption.backing.recipient,
            case .agreement(let publicKey) = encryption.backing.recipient
        else { return nil }
        return privateKey.sharedSecret(with: publicKey).map { $0.withUnsafeBytes { [UInt8]($0) } }
    }

    @Test(
        "ECDSA with r and s as JWS has them",
        arguments: [
            ("ecdsa_secp256r1_sha256_p1363_test", SignatureAlgorithm.es256),
            ("ecdsa_secp384r1_sha384_p1363_test", .es384), ("ecdsa_secp521r1_sha512_p1363_test", .es512),
        ])
    func ecdsa(file: String, algorithm: SignatureAlgorithm) throws {
        let curve = try #require(algorithm.curve)
        try signatures(file) { group in
            let point = group["publicKey"]?["uncompressed"]?.hex ?? []
            let key: JSONObject = [
                "kty": "EC", "crv": .string(curve.rawValue),
                "x": .string(Base64URL.encode([UInt8](point.dropFirst().prefix(curve.coordinateBytes)))),
                "y": .string(Base64URL.encode([UInt8](point.suffix(curve.coordinateBytes)))),
            ]
            return try VerificationKey(JWK(key), algorithm: algorithm)
        }
    }

    @Test("Ed25519")
    func ed25519() throws {
        try signatures("ed25519_test") { group in
            let x = Base64URL.encode(group["publicKey"]?["pk"]?.hex ?? [])
            return try VerificationKey(JWK(["kty": "OKP", "crv": "Ed25519", "x": .string(x)]), algorithm: .ed25519)
        }
    }

    private func signatures(_ file: String, _ key: (JSONValue) throws -> VerificationKey) throws {
        var (accepted, refused) = (0, 0)
        for (group, test) in try Vectors.wycheproof(file) {
            let verifies = try key(group).accepts(test["sig"]?.hex ?? [], over: test["msg"]?.hex ?? [])
            #expect(verifies == (test["result"]?.text == "valid"), "\(file) \(test["tcId"]?.integerValue ?? 0)")
            if verifies { accepted += 1 } else { refused += 1 }
        }
        #expect(accepted > 80 && refused > 50, "\(accepted) \(refused)")
    }

    @Test("JSON Web Keys")
    func keys() throws {
        for (group, test) in try Vectors.wycheproof("json_web_key_test") {
            let verifies = (try? verify(group, test["jws"]?.text ?? "")) != nil
            let name = "\(test["tcId"]?.integerValue ?? 0) \(group["comment"]?.text ?? "")"
            #expect(verifies == (test["result"]?.text == "valid"), "\(name)")
        }
    }

    private func verify(_ group: JSONValue, _ token: String) throws {
        let keys = try #require((group["public"] ?? group["private"])?.objectValue)
        let set = keys["keys"] == nil ? JWKSet([try JWK(keys)]) : try JWKSet(keys)
        let directory = try KeyDirectory(set.keys.map { try VerificationKey($0) })
        if token.split(separator: ".").count == 3, set.keys.count == 1, set.keys[0].kid == nil {
            _ = try JWS.verify(token, key: VerificationKey(set.keys[0]))
        } else {
            _ = try JWS.verify(token, keys: directory)
        }
    }
}
