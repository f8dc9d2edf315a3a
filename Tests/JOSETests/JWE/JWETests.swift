import Crypto
import Testing

@testable import JOSE

/// One pair of key management and content encryption.
struct Pairing: Sendable, CustomTestStringConvertible {
    let algorithm: String
    let curve: String?
    let content: ContentEncryptionAlgorithm

    var testDescription: String { "\(algorithm) \(curve ?? "") \(content.rawValue)" }

    static let all: [Pairing] = ContentEncryptionAlgorithm.allCases.flatMap { content in
        [content.rawValue, "A128KW", "A192KW", "A256KW", "A128GCMKW", "A192GCMKW", "A256GCMKW"].map {
            Pairing(algorithm: $0, curve: nil, content: content)
        }
            + ["ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"].flatMap { algorithm in
                ["X25519", "X448", "P-256", "P-384", "P-521"].map {
                    Pairing(algorithm: algorithm, curve: $0, content: content)
                }
            }
    }
}

@Suite("A compact JWE")
struct JWETests {
    static let failure = JOSEError(.decryptionFailed, "")

    @Test("decrypts to what was encrypted", arguments: Pairing.all)
    func roundTrip(pairing: Pairing) throws {
        let jwk = try JWK.generate(algorithm: pairing.algorithm, curve: pairing.curve)
        let encryption = try EncryptionKey(jwk)
        let decryption = try DecryptionKey(jwk)
        for count in [0, 1, 15, 16, 17, 1000] {
            let plaintext = randomBytes(count)
            let token = try JWE.encrypt(
                plaintext, header: ["typ": "x"], key: encryption, contentEncryption: pairing.content)
            let decrypted = try JWE.decrypt(token, key: decryption)
            #expect(decrypted.plaintext == plaintext)
            #expect(decrypted.contentEncryption == pairing.content && decrypted.keyID == jwk.kid)
            #expect(try JWE.decrypt(token, keys: KeyDirectory([decryption])).plaintext == plaintext)
        }
    }

    @Test("decrypts with RSA", arguments: ["RSA-OAEP", "RSA-OAEP-256", "RSA-OAEP-384", "RSA-OAEP-512"])
    func rsa(algorithm: String) throws {
        let jwk = try JWK.generate(algorithm: algorithm)
        for content in ContentEncryptionAlgorithm.allCases {
            let token = try JWE.encrypt(octets("hello"), key: EncryptionKey(jwk), contentEncryption: content)
            #expect(try JWE.decrypt(token, key: DecryptionKey(jwk)).plaintext == octets("hello"))
        }
    }

    @Test(
        "fails in one way whatever of it was changed",
        arguments: [
            Pairing(algorithm: "A256KW", curve: nil, content: .a256GCM),
            Pairing(algorithm: "A128GCMKW", curve: nil, content: .a128CBCHS256),
            Pairing(algorithm: "ECDH-ES", curve: "X25519", content: .a256CBCHS512),
            Pairing(algorithm: "ECDH-ES+A128KW", curve: "P-256", content: .a128GCM),
            Pairing(algorithm: "ECDH-ES+A256KW", curve: "X448", content: .a192CBCHS384),
            Pairing(algorithm: "RSA-OAEP-256", curve: nil, content: .a192GCM),
            Pairing(algorithm: "RSA-OAEP-384", curve: nil, content: .a256GCM),
            Pairing(algorithm: "RSA-OAEP-512", curve: nil, content: .a128CBCHS256),
            Pairing(algorithm: "A256GCM", curve: nil, content: .a256GCM),
        ])
    func oneError(pairing: Pairing) throws {
        let jwk = try JWK.generate(algorithm: pairing.algorithm, curve: pairing.curve)
        let key = try DecryptionKey(jwk)
        let token = try JWE.encrypt(octets("hello, world"), key: EncryptionKey(jwk), contentEncryption: pairing.content)
        let parts = try token.split(separator: ".", omittingEmptySubsequences: false).map {
            try Base64URL.decode(String($0))
        }
        for part in 1..<5 {
            var variants: [[UInt8]] = [
                [], parts[part] + [0], parts[part] + parts[part], [UInt8](parts[part].dropLast()),
            ]
            variants += [1, 8, 12, 16, 32, 1000].map { [UInt8](repeating: 0, count: $0) }
            for index in parts[part].indices { variants.append(parts[part]); variants[variants.count - 1][index] ^= 1 }
            for variant in variants where variant != parts[part] {
                var changed = parts
                changed[part] = variant
                let text = changed.map { Base64URL.encode($0) }.joined(separator: ".")
                #expect(throws: Self.failure, "part \(part), \(variant.count) octets") {
                    try JWE.decrypt(text, key: key)
                }
            }
        }
        let other = try DecryptionKey(JWK.generate(algorithm: pairing.algorithm, curve: pairing.curve, kid: jwk.kid))
        #expect(throws: Self.failure) { try JWE.decrypt(token, key: other) }
    }

    /// Replaces the header of a token; the rest stays, so that only what is refused before decryption is seen.
    private func withHeader(_ header: String, _ token: String) -> String {
        Base64URL.encode(octets(header)) + token.drop { $0 != "." }
    }

    @Test(
        "is refused for what its header says before anything is decrypted",
        arguments: [
            (#"{"alg":"A256KW","enc":"A256GCM","zip":"DEF"}"#, .headerInvalid),
            (#"{"alg":"A256KW","enc":"A256GCM","crit":["x"],"x":1}"#, .headerInvalid),
            (#"{"alg":"A256KW","enc":"A256GCM","enc":"A256GCM"}"#, .jsonDuplicateMember),
            (#"{"alg":"A256KW"}"#, .headerInvalid), (#"{"enc":"A256GCM"}"#, .headerInvalid),
            (#"{"alg":"RSA1_5","enc":"A256GCM"}"#, .algorithmNotAllowed),
            (#"{"alg":"PBES2-HS256+A128KW","enc":"A256GCM","p2c":99999999,"p2s":"AAAAAAAAAAA"}"#, .algorithmNotAllowed),
            (#"{"alg":"dir","enc":"A256GCM"}"#, .algorithmNotAllowed),
            (#"{"alg":"A128KW","enc":"A256GCM"}"#, .algorithmNotAllowed),
            (#"{"alg":"a256kw","enc":"A256GCM"}"#, .algorithmNotAllowed),
            ("{\"alg\":\"A256\u{212A}W\",\"enc\":\"A256GCM\"}", .algorithmNotAllowed),
            (#"{"alg":"A256KW","enc":"A128GCM"}"#, .contentEncryptionNotAllowed),
            (#"{"alg":"A256KW","enc":"A256CBC"}"#, .contentEncryptionNotAllowed),
            (#"{"alg":"A256KW","enc":null}"#, .headerInvalid),
            (#"{"alg":"A256KW","enc":"A256GCM","kid":"other"}"#, .keyMismatch),
            (#"{"alg":"HS256","enc":"A256GCM"}"#, .algorithmNotAllowed),
        ] as [(String, JOSEError.Code)]
    )
    func header(text: String, code: JOSEError.Code) throws {
        let jwk = try JWK.generate(algorithm: "A256KW")
        let key = try DecryptionKey(jwk, contentEncryption: [.a256GCM])
        let token = try JWE.encrypt([], key: EncryptionKey(jwk), contentEncryption: .a256GCM)
        #expect(throws: JOSEError(code, "")) { try JWE.decrypt(withHeader(text, token), key: key) }
    }

    @Test(
        "is refused when its ephemeral key is malformed, on another curve, or no point of it",
        arguments: ["P-256", "X25519"])
    func ephemeralKey(curve: String) throws {
        let jwk = try JWK.generate(algorithm: "ECDH-ES", curve: curve)
        let key = try DecryptionKey(jwk)
        let token = try JWE.encrypt([], key: EncryptionKey(jwk), contentEncryption: .a256GCM)
        let zero = Base64URL.encode([UInt8](repeating: 0, count: 32))
        let one = Base64URL.encode([1] + [UInt8](repeating: 0, count: 31))
        let malformed = [
            #"1"#, #""x""#, "{}", #"{"kty":"EC"}"#, #"{"kty":"EC","crv":"P-256","x":"\#(zero)"}"#,
            #"{"kty":"OKP","crv":"P-256","x":"\#(zero)","y":"\#(zero)"}"#, #"{"kty":"OKP","crv":"X25519","x":"AA"}"#,
            #"{"kty":"OKP","crv":"X25519","x":"\#(zero)","y":"\#(zero)"}"#,
            #"{"kty":"OKP","crv":"Ed25519","x":"\#(zero)"}"#, #"{"kty":"OKP","crv":"X448","x":"\#(zero)"}"#,
            #"{"kty":"OKP","crv":"Ed448","x":"\#(zero)"}"#, #"{"kty":"EC","crv":"X448","x":"\#(zero)","y":"\#(zero)"}"#,
            #"{"kty":"EC","crv":"P-256","x":"\#(zero)","y":"\#(zero)A"}"#,
            #"{"kty":"EC","crv":"P-256","x":"\#(zero)","y":""}"#,
            #"{"kty":"EC","crv":"secp256k1","x":"\#(zero)","y":"\#(zero)"}"#,
            #"{"kty":"OKP","crv":"X25519","x":"\#(zero)","d":"\#(zero)"}"#,
        ]
        for epk in malformed {
            #expect(throws: JOSEError(.headerInvalid, ""), "\(epk)") {
                try JWE.decrypt(withHeader(#"{"alg":"ECDH-ES","enc":"A256GCM","epk":\#(epk)}"#, token), key: key)
            }
        }
        let hostile = [
            #"{"kty":"EC","crv":"P-256","x":"\#(zero)","y":"\#(zero)"}"#,
            #"{"kty":"EC","crv":"P-256","x":"\#(one)","y":"\#(one)"}"#,
            #"{"kty":"OKP","crv":"X25519","x":"\#(zero)"}"#, #"{"kty":"OKP","crv":"X25519","x":"\#(one)"}"#,
        ]
        for epk in hostile {
            #expect(throws: Self.failure, "\(epk)") {
                try JWE.decrypt(withHeader(#"{"alg":"ECDH-ES","enc":"A256GCM","epk":\#(epk)}"#, token), key: key)
            }
        }
    }

    @Test("refuses X25519 exchanges that give zero", arguments: JWKTests.weakMontgomery)
    func zeroSecret(key: String) throws {
        let own = try AgreementPrivateKey.ephemeral(on: .x25519)
        let peer = try AgreementPublicKey(curve: .x25519, x: JSONValue.string(key).hex, y: [])
        #expect(own.sharedSecret(with: peer) == nil)
    }

    @Test(
        "is refused when its form is wrong",
        arguments: ["", "....", "a.b.c", "a.b.c.d", "a.b.c.d.e.f", "e30....", "e30.e30.e30"])
    func form(text: String) throws {
        let key = try DecryptionKey(JWK.generate(algorithm: "A256KW"))
        #expect(throws: JOSEError.self) { try JWE.decrypt(text, key: key) }
    }

    @Test("with an empty CBC ciphertext or encrypted key is refused without a trap")
    func empty() throws {
        for algorithm in ["A256KW", "A256GCMKW", "RSA-OAEP", "ECDH-ES+A256KW"] {
            let jwk = try JWK.generate(algorithm: algorithm)
            let token = try JWE.encrypt([], key: EncryptionKey(jwk), contentEncryption: .a128CBCHS256)
            var parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            parts[3] = ""
            #expect(throws: Self.failure) { try JWE.decrypt(parts.joined(separator: "."), key: DecryptionKey(jwk)) }
            parts[1] = ""
            #expect(throws: Self.failure) { try JWE.decrypt(parts.joined(separator: "."), key: DecryptionKey(jwk)) }
        }
    }

    @Test("does not let the caller set what the key decides")
    func reserved() throws {
        let key = try EncryptionKey(JWK.generate(algorithm: "A256KW"))
        for name in ["alg", "enc", "epk", "iv", "tag", "zip", "crit", "p2c", "p2s"] {
            #expect(throws: JOSEError(.headerInvalid, "")) {
                try JWE.encrypt([], header: [name: "x"], key: key, contentEncryption: .a256GCM)
            }
        }
        let narrow = try EncryptionKey(JWK.generate(algorithm: "A256KW"), contentEncryption: [.a256GCM])
        #expect(throws: JOSEError(.contentEncryptionNotAllowed, "")) {
            try JWE.encrypt([], key: narrow, contentEncryption: .a128GCM)
        }
    }

    @Test("takes apu and apv into the agreed key")
    func partyInfo() throws {
        let jwk = try JWK.generate(algorithm: "ECDH-ES")
        let token = try JWE.encrypt(
            octets("x"), header: ["apu": "QWxpY2U", "apv": "Qm9i"], key: EncryptionKey(jwk), contentEncryption: .a128GCM
        )
        #expect(try JWE.decrypt(token, key: DecryptionKey(jwk)).plaintext == octets("x"))
        #expect(throws: JOSEError(.headerInvalid, "")) {
            try JWE.encrypt([], header: ["apu": "A"], key: EncryptionKey(jwk), contentEncryption: .a128GCM)
        }
    }
}
