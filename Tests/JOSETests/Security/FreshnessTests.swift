import Crypto
import Testing

@testable import JOSE

/// What has to be drawn anew for every token.
@Suite("Fixed CEK and the like: nothing random comes twice")
struct FreshnessTests {
    private func parts(_ key: EncryptionKey, _ content: ContentEncryptionAlgorithm) throws -> [String] {
        try JWE.encrypt(octets("x"), key: key, contentEncryption: content)
            .split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    }

    private func header(_ parts: [String]) throws -> JSONObject {
        try JSONObject(parsing: Base64URL.decode(parts[0]))
    }

    /// Whether octets look drawn: sixteen of them with fewer than four values come once in 2^80.
    private func looksDrawn(_ value: [UInt8]) -> Bool { Set(value).count >= 4 }

    @Test("content keys and IVs", arguments: ContentEncryptionAlgorithm.allCases)
    func contentKeys(content: ContentEncryptionAlgorithm) throws {
        let jwk = try JWK.generate(algorithm: "A256KW")
        let secret = try Base64URL.decode(#require(jwk.object(includingPrivate: true)["k"]?.stringValue))
        let key = try EncryptionKey(jwk)
        var (keys, nonces): (Set<[UInt8]>, Set<[UInt8]>) = ([], [])
        for _ in 0..<200 {
            let parts = try parts(key, content)
            let unwrapped = try AES.KeyWrap.unwrap(
                Base64URL.decode(parts[1]), using: SymmetricKey(data: secret))
            keys.insert(unwrapped.withUnsafeBytes { [UInt8]($0) })
            nonces.insert(try Base64URL.decode(parts[2]))
        }
        #expect(keys.count == 200)
        #expect(nonces.count == 200)
        #expect(keys.allSatisfy { $0.count == content.keyBytes && looksDrawn($0) })
        #expect(nonces.allSatisfy { $0.count == content.nonceBytes && looksDrawn($0) })
    }

    @Test("one content key for several recipients, and another one for the next message")
    func recipients() throws {
        let jwks = try (0..<3).map { _ in try JWK.generate(algorithm: "A256KW") }
        var keys: Set<[UInt8]> = []
        for _ in 0..<50 {
            let message = try JWE.encrypt(
                octets("x"), as: .general, recipients: jwks.map { JWERecipient(key: try EncryptionKey($0)) },
                contentEncryption: .a256GCM)
            let wrapped = try #require(JSONObject(parsing: octets(message))["recipients"]?.arrayValue)
            var shared: Set<[UInt8]> = []
            for (jwk, recipient) in zip(jwks, wrapped) {
                let secret = try Base64URL.decode(#require(jwk.object(includingPrivate: true)["k"]?.stringValue))
                let unwrapped = try AES.KeyWrap.unwrap(
                    Base64URL.decode(#require(recipient["encrypted_key"]?.stringValue)),
                    using: SymmetricKey(data: secret))
                shared.insert(unwrapped.withUnsafeBytes { [UInt8]($0) })
            }
            #expect(shared.count == 1)
            keys.formUnion(shared)
        }
        #expect(keys.count == 50)
    }

    @Test("ephemeral keys", arguments: ["X25519", "X448", "P-256", "P-384", "P-521"])
    func ephemeralKeys(curve: String) throws {
        for algorithm in ["ECDH-ES", "ECDH-ES+A128KW"] {
            let key = try EncryptionKey(JWK.generate(algorithm: algorithm, curve: curve))
            var points: Set<[UInt8]> = []
            for _ in 0..<40 {
                let x = try header(parts(key, .a256GCM))["epk"]?["x"]?.stringValue
                points.insert(try Base64URL.decode(#require(x)))
            }
            #expect(points.count == 40)
            #expect(points.allSatisfy(looksDrawn))
        }
    }

    @Test("IVs of AES-GCM key wrapping, and salts of passwords")
    func parameters() throws {
        let wrapping = try EncryptionKey(JWK.generate(algorithm: "A256GCMKW"))
        let password = EncryptionKey(
            try PasswordKey(SecretBytes(octets("secret")), algorithm: .pbes2HS256A128KW, iterations: 1000))
        var (nonces, salts): (Set<[UInt8]>, Set<[UInt8]>) = ([], [])
        for _ in 0..<100 {
            nonces.insert(try Base64URL.decode(#require(header(parts(wrapping, .a128GCM))["iv"]?.stringValue)))
            salts.insert(try Base64URL.decode(#require(header(parts(password, .a128GCM))["p2s"]?.stringValue)))
        }
        #expect(nonces.count == 100)
        #expect(salts.count == 100)
        #expect((nonces.union(salts)).allSatisfy { $0.count >= 12 && looksDrawn($0) })
    }

    @Test("IVs under one key that is used directly, where a repeated one would give the key away")
    func directNonces() throws {
        let key = try EncryptionKey(JWK.generate(algorithm: "A128GCM"))
        var nonces: Set<String> = []
        for _ in 0..<2000 { nonces.insert(try parts(key, .a128GCM)[2]) }
        #expect(nonces.count == 2000)
    }

    @Test("nonces of ECDSA, of which one repeated would give the key away", arguments: ["ES256", "ES384", "ES512"])
    func signatureNonces(algorithm: String) throws {
        let key = try SigningKey(JWK.generate(algorithm: algorithm))
        var halves: Set<[UInt8]> = []
        for number in 0..<50 {
            let signature = try key.sign(octets("message \(number)").span)
            halves.insert([UInt8](signature.prefix(signature.count / 2)))
        }
        #expect(halves.count == 50)
    }

    @Test("names of keys and tokens")
    func names() throws {
        let kids = try (0..<100).map { _ in try JWK.generate(algorithm: "A256KW").kid ?? "" }
        let ids = try (0..<100).map { _ in try ClaimsBuilder().randomJWTID().build()["jti"]?.stringValue ?? "" }
        #expect(Set(kids + ids).count == 200)
        #expect((kids + ids).allSatisfy { $0.utf8.count == 22 })
    }
}
