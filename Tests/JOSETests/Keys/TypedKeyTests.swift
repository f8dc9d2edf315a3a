import Crypto
import Testing

@testable import JOSE

@Suite("A typed key")
struct TypedKeyTests {
    private func key(_ algorithm: String, _ change: (inout JSONObject) -> Void = { _ in }) throws -> JWK {
        var object = try JWK.generate(algorithm: algorithm).object(includingPrivate: true)
        change(&object)
        return try JWK(object)
    }

    @Test("takes no other algorithm than the key's own")
    func oneAlgorithm() throws {
        let keys = try ["HS512", "RS256", "ES256", "ES384", "ES256K", "Ed25519", "Ed448", "ML-DSA-65", "ML-DSA-87"].map
        {
            ($0, try key($0))
        }
        for (own, jwk) in keys {
            for algorithm in SignatureAlgorithm.allCases where algorithm.rawValue != own {
                #expect(throws: JOSEError(.keyMismatch, ""), "\(own) as \(algorithm)") {
                    try SigningKey(jwk, algorithm: algorithm)
                }
                #expect(throws: JOSEError(.keyMismatch, ""), "\(own) as \(algorithm)") {
                    try VerificationKey(jwk, algorithm: algorithm)
                }
            }
            #expect(try SigningKey(jwk).algorithm.rawValue == own)
        }
        let recipients = try [
            "A256KW", "A256GCMKW", "ECDH-ES", "ECDH-ES+A256KW", "RSA-OAEP", "RSA-OAEP-384", "A256GCM",
        ].map {
            ($0, try key($0))
        }
        for (own, jwk) in recipients {
            for algorithm in KeyManagementAlgorithm.forKeys
            where algorithm.rawValue != own && !(own == "A256GCM" && algorithm == .dir) {
                #expect(throws: JOSEError(.keyMismatch, ""), "\(own) as \(algorithm)") {
                    try EncryptionKey(jwk, algorithm: algorithm)
                }
                #expect(throws: JOSEError(.keyMismatch, ""), "\(own) as \(algorithm)") {
                    try DecryptionKey(jwk, algorithm: algorithm)
                }
            }
            #expect(throws: Never.self) { try DecryptionKey(jwk) }
        }
    }

    @Test("takes no key of another type or curve, even if that names no algorithm")
    func types() throws {
        let bare = try ["HS256", "RS256", "ES256", "ES384", "ES512", "ES256K", "Ed25519", "Ed448", "ECDH-ES"].map {
            name in
            (
                name,
                try key(name) {
                    $0["alg"] = nil; $0["use"] = nil
                }
            )
        }
        for (own, jwk) in bare {
            for algorithm in SignatureAlgorithm.allCases {
                let fits =
                    algorithm.rawValue == own || (own == "RS256" && algorithm.isRSA)
                if fits {
                    #expect(throws: Never.self, "\(own) as \(algorithm)") { try SigningKey(jwk, algorithm: algorithm) }
                } else {
                    // The secret of HS256 is too short for HS384 and HS512; all else is the wrong type.
                    #expect(throws: JOSEError.self, "\(own) as \(algorithm)") {
                        try SigningKey(jwk, algorithm: algorithm)
                    }
                    #expect(throws: JOSEError.self, "\(own) as \(algorithm)") {
                        try VerificationKey(jwk, algorithm: algorithm)
                    }
                }
            }
        }
    }

    @Test("takes no secret shorter than its hash, nor a wrapping key of the wrong length")
    func lengths() throws {
        for (algorithm, bytes) in [(SignatureAlgorithm.hs256, 32), (.hs384, 48), (.hs512, 64)] {
            for count in [1, bytes - 1] {
                let short = try JWK(["kty": "oct", "k": .string(Base64URL.encode(randomBytes(count)))])
                #expect(throws: JOSEError(.keyInvalid, "")) { try SigningKey(short, algorithm: algorithm) }
                #expect(throws: JOSEError(.keyInvalid, "")) { try VerificationKey(short, algorithm: algorithm) }
            }
            let exact = try JWK(["kty": "oct", "k": .string(Base64URL.encode(randomBytes(bytes)))])
            #expect(throws: Never.self) { try SigningKey(exact, algorithm: algorithm) }
        }
        let odd = try JWK(["kty": "oct", "k": .string(Base64URL.encode(randomBytes(33)))])
        for algorithm in KeyManagementAlgorithm.forKeys where algorithm.isSymmetric {
            #expect(throws: JOSEError(.keyMismatch, "")) { try DecryptionKey(odd, algorithm: algorithm) }
        }
    }

    @Test("for dir goes with the one content encryption that the key names")
    func direct() throws {
        let jwk = try key("A256GCM")
        #expect(try DecryptionKey(jwk).contentEncryption == [.a256GCM])
        #expect(throws: JOSEError(.keyMismatch, "")) {
            try DecryptionKey(jwk, algorithm: .dir, contentEncryption: [.a128CBCHS256])
        }
        let nameless = try key("A256GCM") { $0["alg"] = nil }
        #expect(try DecryptionKey(nameless, algorithm: .dir).contentEncryption == [.a256GCM, .a128CBCHS256])
    }

    @Test("obeys use and key_ops")
    func usage() throws {
        func changed(_ algorithm: String, _ name: String, _ value: JSONValue) throws -> JWK {
            try key(algorithm) { $0[name] = value }
        }
        for use in ["enc", "SIG", "other"] {
            let jwk = try changed("ES256", "use", .string(use))
            #expect(throws: JOSEError(.keyUseMismatch, "")) { try SigningKey(jwk) }
            #expect(throws: JOSEError(.keyUseMismatch, "")) { try VerificationKey(jwk) }
        }
        for use in ["sig", "", "Enc"] {
            let jwk = try changed("A256KW", "use", .string(use))
            #expect(throws: JOSEError(.keyUseMismatch, "")) { try EncryptionKey(jwk) }
            #expect(throws: JOSEError(.keyUseMismatch, "")) { try DecryptionKey(jwk) }
        }
        let verifyOnly = try changed("HS256", "key_ops", ["verify"])
        #expect(throws: JOSEError(.keyUseMismatch, "")) { try SigningKey(verifyOnly) }
        #expect(throws: Never.self) { try VerificationKey(verifyOnly) }
        let signOnly = try changed("HS256", "key_ops", ["sign"])
        #expect(throws: JOSEError(.keyUseMismatch, "")) { try VerificationKey(signOnly) }
        let wrapOnly = try changed("A256KW", "key_ops", ["wrapKey"])
        #expect(throws: JOSEError(.keyUseMismatch, "")) { try DecryptionKey(wrapOnly) }
        #expect(throws: Never.self) { try EncryptionKey(wrapOnly) }
        let nothing = try changed("RSA-OAEP", "key_ops", [])
        #expect(throws: JOSEError(.keyUseMismatch, "")) { try EncryptionKey(nothing) }
        let agreement = try changed("ECDH-ES", "key_ops", ["deriveBits"])
        #expect(throws: Never.self) { try DecryptionKey(agreement) }
    }

    @Test("that signs or decrypts needs a private half")
    func privateHalf() throws {
        for algorithm in ["ES256", "ES256K", "Ed25519", "Ed448", "RS256"] {
            let jwk = try #require(try key(algorithm).publicJWK())
            #expect(throws: JOSEError(.keyInvalid, "")) { try SigningKey(jwk) }
            #expect(throws: Never.self) { try VerificationKey(jwk) }
        }
        for algorithm in ["ECDH-ES", "RSA-OAEP-256", "RSA-OAEP-384", "RSA-OAEP-512"] {
            let jwk = try #require(try key(algorithm).publicJWK())
            #expect(throws: JOSEError(.keyInvalid, "")) { try DecryptionKey(jwk) }
            #expect(throws: Never.self) { try EncryptionKey(jwk) }
        }
    }

    @Test("directory wants names, each once, and does not mix secrets with public keys")
    func directory() throws {
        let a = try key("ES256") { $0["kid"] = "a" }
        let b = try key("ES384") { $0["kid"] = "b" }
        let directory = try KeyDirectory([VerificationKey(a), VerificationKey(b)])
        #expect(directory["a"]?.algorithm == .es256 && directory["b"]?.algorithm == .es384)
        for name in ["", "c", "A", "aa", "\u{212A}"] { #expect(directory[name] == nil) }
        #expect(throws: JOSEError(.keyAmbiguous, "")) { try KeyDirectory([VerificationKey(a), VerificationKey(a)]) }
        let nameless = try key("ES256") { $0["kid"] = nil }
        #expect(throws: JOSEError(.keyInvalid, "")) { try KeyDirectory([VerificationKey(nameless)]) }
        let secret = try key("HS256") { $0["kid"] = "s" }
        #expect(throws: JOSEError(.keyAmbiguous, "")) {
            try KeyDirectory([VerificationKey(a), VerificationKey(secret)])
        }
        #expect(KeyDirectory<DecryptionKey>().isEmpty)
    }

    @Test("directory finds each of many keys")
    func large() throws {
        let keys = try (0..<300).map { index in
            try DecryptionKey(key("A128KW") { $0["kid"] = .string("key-\(index)") })
        }
        let directory = try KeyDirectory(keys)
        for index in 0..<300 { #expect(directory["key-\(index)"]?.kid == "key-\(index)") }
        #expect(directory["key-300"] == nil && directory.count == 300)
    }

    @Test("makes the codes of HMAC that RFC 2104 defines, with keys of every length")
    func hmac() throws {
        for count in [32, 63, 64, 65, 127, 128, 129, 200] {
            let secret = SecretBytes.random(count: count)
            let message = randomBytes(count * 3)
            let expected = HMAC<SHA256>.authenticationCode(for: message, using: secret.symmetricKey)
            let code = try MACKey(secret, algorithm: .hs256)
            #expect(message.withUnsafeBytes { code.code(of: $0) } == [UInt8](expected))
            guard count >= 64 else { continue }
            let expected512 = HMAC<SHA512>.authenticationCode(for: message, using: secret.symmetricKey)
            let code512 = try MACKey(secret, algorithm: .hs512)
            #expect(message.withUnsafeBytes { code512.code(of: $0) } == [UInt8](expected512))
            let expected384 = HMAC<SHA384>.authenticationCode(for: message, using: secret.symmetricKey)
            let code384 = try MACKey(secret, algorithm: .hs384)
            #expect(message.withUnsafeBytes { code384.code(of: $0) } == [UInt8](expected384))
        }
    }
}
