import Testing

@testable import JOSE

@Suite("A key for HPKE")
struct HPKEKeyTests {
    @Test("is made on the suite's own curve, and on no other", arguments: HPKETokens.all)
    func generation(algorithm: KeyManagementAlgorithm) throws {
        let jwk = try HPKETokens.jwk(algorithm)
        #expect(jwk.algorithm == algorithm.rawValue && jwk.use == "enc" && jwk.isPrivate)
        #expect(jwk.curve == algorithm.hpkeSuite?.curve?.rawValue)
        #expect(jwk.keyType == (algorithm.hpkeSuite == .xWing ? "AKP" : jwk.curve == "X25519" ? "OKP" : "EC"))
        #expect(try JWK(parsing: jwk.serialized(includingPrivate: true)) == jwk)
        for curve in EllipticCurve.allCases where curve.rawValue != jwk.curve {
            #expect(throws: JOSEError(.keyInvalid, "")) {
                try JWK.generate(algorithm: algorithm.rawValue, curve: curve.rawValue)
            }
        }
        #expect(throws: JOSEError(.keyUseMismatch, "")) { try JWK.generate(algorithm: algorithm.rawValue, use: "sig") }
    }

    @Test("goes with its own algorithm only", arguments: HPKETokens.all)
    func oneAlgorithm(own: KeyManagementAlgorithm) throws {
        let jwk = try HPKETokens.jwk(own)
        for algorithm in KeyManagementAlgorithm.allCases where algorithm != own && !algorithm.isPasswordBased {
            #expect(throws: JOSEError(.keyMismatch, "")) { try EncryptionKey(jwk, algorithm: algorithm) }
            #expect(throws: JOSEError(.keyMismatch, "")) { try DecryptionKey(jwk, algorithm: algorithm) }
        }
        for algorithm in SignatureAlgorithm.allCases {
            #expect(throws: JOSEError(.keyMismatch, "")) { try SigningKey(jwk, algorithm: algorithm) }
        }
        #expect(throws: JOSEError(.keyInvalid, "")) { try DecryptionKey(#require(jwk.publicJWK())) }
        for other in HPKETokens.all where other != own {
            let token = try HPKETokens.flattened(HPKETokens.jwk(other))
            #expect(throws: JOSEError(.algorithmNotAllowed, ""), "\(other) with \(own)") {
                try HPKETokens.open(token, jwk)
            }
        }
    }

    @Test("of another curve or type is refused, even if it names no algorithm")
    func curves() throws {
        for name in ["ES256", "ES384", "ES512", "ES256K", "Ed25519", "ECDH-ES", "ML-DSA-65", "HS256", "RS256"] {
            var object = try JWK.generate(algorithm: name).object(includingPrivate: true)
            if name != "ML-DSA-65" { object["alg"] = nil }
            object["use"] = nil
            let jwk = try JWK(object)
            for algorithm in HPKETokens.all where algorithm.hpkeSuite?.curve?.rawValue != (jwk.curve ?? "") {
                #expect(throws: JOSEError(.keyMismatch, ""), "\(name) as \(algorithm)") {
                    try EncryptionKey(jwk, algorithm: algorithm)
                }
                #expect(throws: JOSEError(.keyMismatch, "")) { try DecryptionKey(jwk, algorithm: algorithm) }
            }
        }
    }

    @Test("obeys use and key_ops")
    func usage() throws {
        func changed(_ algorithm: KeyManagementAlgorithm, _ name: String, _ value: JSONValue) throws -> JWK {
            try JWK(HPKETokens.jwk(algorithm).object(includingPrivate: true).with("use", nil).with(name, value))
        }
        for algorithm in [KeyManagementAlgorithm.hpke0, .hpke3KE, .hpke9] {
            let signs = try changed(algorithm, "use", "sig")
            #expect(throws: JOSEError(.keyUseMismatch, "")) { try DecryptionKey(signs) }
            #expect(throws: JOSEError(.keyUseMismatch, "")) { try EncryptionKey(signs) }
            let derives = try changed(algorithm, "key_ops", ["deriveKey"])
            #expect(throws: JOSEError(.keyUseMismatch, "")) { try DecryptionKey(derives) }
            let decrypts = try changed(algorithm, "key_ops", ["decrypt"])
            #expect(throws: Never.self) { try DecryptionKey(decrypts) }
        }
        let unwraps = try changed(.hpke0, "key_ops", ["unwrapKey"])
        #expect(throws: JOSEError(.keyUseMismatch, "")) { try DecryptionKey(unwraps) }
    }

    @Test("of X-Wing is refused when its numbers are out of range or its halves differ")
    func xWing() throws {
        let good = try HPKETokens.jwk(.hpke9).object(includingPrivate: true)
        for name in ["HPKE-8", "HPKE-12", "HPKE-3", "hpke-9", "ML-DSA-65"] {
            #expect(throws: JOSEError(.keyInvalid, ""), "\(name)") { try JWK(good.with("alg", .string(name))) }
        }
        let out = Base64URL.encode([UInt8](repeating: 0xFF, count: 1216))
        #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(good.with("priv", nil).with("pub", .string(out))) }
        let short = Base64URL.encode([UInt8](repeating: 0, count: 1215))
        #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(good.with("priv", nil).with("pub", .string(short))) }
        let other = try HPKETokens.jwk(.hpke9).object(includingPrivate: true)
        #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(good.with("priv", other["priv"])) }
        let jwk = try JWK(good)
        for form in KeyForm.allCases {
            #expect(throws: JOSEError(.keyMismatch, "")) { try jwk.der(form) }
        }
    }

    @Test("asks for a content encryption, or for none")
    func contentEncryption() throws {
        for algorithm in HPKETokens.all {
            let key = try EncryptionKey(HPKETokens.jwk(algorithm))
            let wrong: ContentEncryptionAlgorithm? = algorithm.isIntegrated ? .a256GCM : nil
            #expect(throws: JOSEError(.contentEncryptionNotAllowed, "")) {
                try JWE.encrypt([], key: key, contentEncryption: wrong)
            }
            #expect(throws: JOSEError(.contentEncryptionNotAllowed, "")) {
                try JWE.encrypt([], as: .general, recipients: [JWERecipient(key: key)], contentEncryption: wrong)
            }
        }
    }

    @Test("is experimental, and belongs to no standard")
    func experimental() {
        #expect(HPKETokens.all.allSatisfy { $0.isExperimental })
        #expect(!KeyManagementAlgorithm.forKeys.contains { HPKETokens.all.contains($0) })
        #expect(KeyManagementAlgorithm.allCases.count { $0.isExperimental } == HPKETokens.all.count)
    }
}
