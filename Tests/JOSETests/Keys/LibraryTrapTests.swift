import Crypto
import Testing

@testable import JOSE

/// What the libraries below accept and this one must not: each trap is shown to be there, then to be closed.
@Suite("A trap of the crypto library")
struct LibraryTrapTests {
    @Test("X25519 with a peer of low order: the secret would be all zero")
    func zeroSecret() throws {
        let zero = [UInt8](repeating: 0, count: 32)
        let peer = try Curve25519.KeyAgreement.PublicKey(rawRepresentation: zero)
        let own = Curve25519.KeyAgreement.PrivateKey()
        let secret = try? own.sharedSecretFromKeyAgreement(with: peer)
        #expect(secret == nil || secret?.withUnsafeBytes { $0.allSatisfy { $0 == 0 } } == true)
        let privateKey = try AgreementPrivateKey.ephemeral(on: .x25519)
        #expect(privateKey.sharedSecret(with: try AgreementPublicKey(curve: .x25519, x: zero, y: [])) == nil)
    }

    @Test("Ed25519 with a key of low order: one signature would do for every message")
    func lowOrder() throws {
        let one = [1] + [UInt8](repeating: 0, count: 31)
        let key = try Curve25519.Signing.PublicKey(rawRepresentation: one)
        let signature = one + [UInt8](repeating: 0, count: 32)
        #expect(key.isValidSignature(signature, for: octets("anything")))
        #expect(throws: JOSEError(.keyInvalid, "")) {
            try JWK(["kty": "OKP", "crv": "Ed25519", "x": .string(Base64URL.encode(one))])
        }
    }

    @Test("Ed448 with a key of low order: one signature would do for every message")
    func lowOrder448() {
        let one = [1] + [UInt8](repeating: 0, count: 56)
        #expect(throws: JOSEError(.keyInvalid, "")) {
            try JWK(["kty": "OKP", "crv": "Ed448", "x": .string(Base64URL.encode(one))])
        }
        #expect(throws: JOSEError(.keyInvalid, "")) { try Ed448PublicKey(one) }
    }

    @Test("AES-GCM with a nonce of 16 octets: only 12 are accepted, for content and for keys")
    func longNonce() throws {
        #expect(throws: Never.self) { try AES.GCM.Nonce(data: [UInt8](repeating: 0, count: 16)) }
        let shared = SymmetricKey(size: .bits256)
        let box = try AES.GCM.seal(
            octets("hello"), using: shared, nonce: AES.GCM.Nonce(data: [UInt8](repeating: 0, count: 16)),
            authenticating: octets(Base64URL.encode(octets(#"{"alg":"dir","enc":"A256GCM"}"#)))
        )
        let k = shared.withUnsafeBytes { Base64URL.encode([UInt8]($0)) }
        let key = try DecryptionKey(JWK(["kty": "oct", "k": .string(k), "alg": "A256GCM"]))
        let parts = [
            Base64URL.encode(octets(#"{"alg":"dir","enc":"A256GCM"}"#)), "", Base64URL.encode([UInt8](box.nonce)),
            Base64URL.encode([UInt8](box.ciphertext)), Base64URL.encode([UInt8](box.tag)),
        ]
        #expect(throws: JOSEError(.decryptionFailed, "")) { try JWE.decrypt(parts.joined(separator: "."), key: key) }

        let wrapper = try DecryptionKey(JWK(["kty": "oct", "k": .string(k)]), algorithm: .a256GCMKW)
        let contentKey = randomBytes(32)
        let wrapped = try AES.GCM.seal(
            contentKey, using: shared, nonce: AES.GCM.Nonce(data: [UInt8](repeating: 0, count: 16))
        )
        var parameters = KeyManagementParameters()
        (parameters.nonce, parameters.tag) = ([UInt8](repeating: 0, count: 16), [UInt8](wrapped.tag))
        #expect(
            try wrapper.contentKey(parameters, encryptedKey: [UInt8](wrapped.ciphertext), for: .a256GCM) == nil
        )
    }

    @Test("HMAC with an empty key: no key, and none that is shorter than the hash")
    func emptyKey() throws {
        let code = HMAC<SHA256>.authenticationCode(for: octets("x"), using: SymmetricKey(data: [UInt8]()))
        #expect([UInt8](code).count == 32)
        #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(["kty": "oct", "k": ""]) }
        #expect(throws: JOSEError(.keyInvalid, "")) { try MACKey(SecretBytes([]), algorithm: .hs256) }
    }

    @Test("PBKDF2 with an empty password, which would stop the process")
    func emptyPassword() {
        #expect(throws: JOSEError(.keyInvalid, "")) {
            try PasswordKey(SecretBytes([]), algorithm: .pbes2HS256A128KW)
        }
    }

    @Test("RSA with a small public exponent: odd ones from 3 on are taken from others, and never made here")
    func smallExponent() throws {
        let made = try JWK.generate(algorithm: "RS256").object(includingPrivate: false)
        #expect(made["e"] == "AQAB")
        var three = made
        three["e"] = "Aw"
        #expect(throws: Never.self) { try JWK(three) }
        for exponent in ["AA", "AQ", "Ag", "BA"] {
            three["e"] = .string(exponent)
            #expect(throws: JOSEError(.keyInvalid, ""), "\(exponent)") { try JWK(three) }
        }
    }

    @Test("RSA keys that would take too long or protect too little: 2,048 to 8,192 bits")
    func sizes() throws {
        for (count, top) in [(128, 0x80), (255, 0xFF), (256, 0x7F), (1025, 0x80), (2048, 0xFF)] as [(Int, UInt8)] {
            let n = [top] + [UInt8](repeating: 0xFF, count: count - 1)
            #expect(throws: JOSEError(.keyInvalid, ""), "\(count)") {
                try JWK(["kty": "RSA", "e": "AQAB", "n": .string(Base64URL.encode(n))])
            }
        }
    }

    @Test("RSA keys with d alone, whose primes are looked for: a number made to have none is given up on")
    func dAlone() throws {
        // Odd and of the right size; nothing says that it has two primes, or that the exponents belong to it.
        let n = [0xC5] + [UInt8](repeating: 0x3B, count: 255)
        let d = [0x45] + [UInt8](repeating: 0x7F, count: 254)
        #expect(throws: JOSEError(.keyInvalid, "")) {
            try JWK([
                "kty": "RSA", "e": "AQAB", "n": .string(Base64URL.encode(n)), "d": .string(Base64URL.encode(d)),
            ])
        }
    }
}
