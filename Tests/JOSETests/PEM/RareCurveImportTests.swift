import Testing

@testable import JOSE

@Suite("A key of secp256k1, Ed448 or X448 from PEM or DER")
struct RareCurveImportTests {
    @Test("of secp256k1 is refused when it is compressed")
    func compressed() throws {
        let text = try KeyVectors.pem("secp256k1", "compressed")
        #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(pem: text) }
    }

    @Test("of secp256k1 is refused off the curve, and out of range")
    func points() throws {
        for suffix in ["spki", "sec1", "pkcs8"] {
            var der = try KeyVectors.der("secp256k1", suffix)
            der[der.count - 1] ^= 1
            #expect(throws: JOSEError(.keyInvalid, ""), "\(suffix)") { try JWK(der: der) }
        }
        for octet: UInt8 in [0, 0xFF] {
            let d = SecretBytes([UInt8](repeating: octet, count: 32))
            #expect(throws: JOSEError(.keyInvalid, "")) {
                try KeyMaterial(KeyStructure.elliptic(.secp256k1, point: nil, d: d))
            }
        }
    }

    @Test("of an octet key pair is refused with another key's half, of another length and of low order")
    func octetPairs() throws {
        for (name, curve, count) in [("ed448", EllipticCurve.ed448, 57), ("x448", .x448, 56)] {
            guard case .octetPair(_, let x, let d) = try KeyVectors.jwk(name).material else { continue }
            #expect(try KeyMaterial(KeyStructure.octetPair(curve, x: nil, d: d)).isPrivate)
            let other = SecretBytes([UInt8](repeating: 7, count: count))
            #expect(throws: JOSEError(.keyInvalid, "")) {
                try KeyMaterial(KeyStructure.octetPair(curve, x: x, d: other))
            }
            for wrong in [[], [UInt8](x.dropLast()), x + [0], [UInt8](repeating: 0, count: count)] {
                #expect(throws: JOSEError(.keyInvalid, ""), "\(name) \(wrong.count)") {
                    try KeyMaterial(KeyStructure.octetPair(curve, x: wrong, d: nil))
                }
            }
        }
    }

    @Test("does what keys of its kind do")
    func use() throws {
        for (name, algorithm) in [("secp256k1", SignatureAlgorithm.es256K), ("ed448", .ed448)] {
            let signer = try SigningKey(JWK(pem: KeyVectors.pem(name, "pkcs8")), algorithm: algorithm)
            let verifier = try VerificationKey(JWK(pem: KeyVectors.pem(name, "certificate")), algorithm: algorithm)
            let token = try JWS.sign(payload: octets("hi"), key: signer)
            #expect(try JWS.verify(token, key: verifier).payload == octets("hi"))
        }
        let recipient = try EncryptionKey(JWK(pem: KeyVectors.pem("x448", "spki")), algorithm: .ecdhES)
        let key = try DecryptionKey(JWK(pem: KeyVectors.pem("x448", "pkcs8")), algorithm: .ecdhES)
        let token = try JWE.encrypt(octets("hi"), key: recipient, contentEncryption: .a256GCM)
        #expect(try JWE.decrypt(token, key: key).plaintext == octets("hi"))
    }
}
