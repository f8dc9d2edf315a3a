import Crypto
import CryptoExtras
import Testing

@testable import JOSE

/// What an answer, or a length, could tell a stranger who tries many tokens.
@Suite("Oracles")
struct OracleTests {
    private let policy = DecryptionPolicy(
        algorithms: Set(KeyManagementAlgorithm.allCases), contentEncryption: ContentEncryptionAlgorithm.all)

    /// The whole refusal: codes alone would hide a reason that says more.
    private func refusal(_ token: String, _ key: DecryptionKey) -> String {
        do throws(JOSEError) {
            _ = try JWE.decrypt(token, key: key, policy: policy)
            return "opened"
        } catch {
            return error.description
        }
    }

    private func parts(_ token: String) -> [String] {
        token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    }

    @Test("CBC padding oracle: good padding, bad padding and a bad code are one answer")
    func padding() throws {
        let octetsOfKey = (0..<32).map { UInt8($0) }
        let key = try DecryptionKey(
            JWK(["kty": "oct", "alg": "A128CBC-HS256", "k": .string(Base64URL.encode(octetsOfKey))]))
        let header = Base64URL.encode(octets(#"{"alg":"dir","enc":"A128CBC-HS256"}"#))
        let nonce = [UInt8](repeating: 7, count: 16)
        func token(_ ciphertext: [UInt8], spoilt: Bool) -> String {
            var code = HMAC<SHA256>(key: SymmetricKey(data: octetsOfKey.prefix(16)))
            let bits = UInt64(header.utf8.count * 8)
            code.update(data: octets(header) + nonce + ciphertext)
            code.update(data: (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) })
            var tag = [UInt8](code.finalize()).prefix(16).map { $0 }
            if spoilt { tag[0] ^= 1 }
            return ([header, ""] + [nonce, ciphertext, tag].map { Base64URL.encode($0) }).joined(separator: ".")
        }
        let good = try [UInt8](
            AES._CBC.encrypt(
                octets("hello"), using: SymmetricKey(data: octetsOfKey.suffix(16)), iv: AES._CBC.IV(ivBytes: nonce)))
        #expect(refusal(token(good, spoilt: false), key) == "opened")
        let answer = refusal(token(good, spoilt: true), key)
        #expect(answer.hasPrefix("decryption-failed"))
        var answers: Set<String> = []
        for last in UInt8.min...UInt8.max where last != good[15] {
            let changed = good.dropLast() + [last]
            answers.insert(refusal(token([UInt8](changed), spoilt: true), key))
        }
        // With a code that holds only the key's owner gets as far as the padding; of these blocks none is padded well.
        for first in UInt8.min...UInt8(63) where first != good[0] {
            answers.insert(refusal(token([first] + good.dropFirst(), spoilt: false), key))
        }
        for count in [0, 1, 15, 17, 31] {
            answers.insert(refusal(token([UInt8](repeating: 1, count: count), spoilt: false), key))
        }
        #expect(answers == [answer])
    }

    @Test("RSA1_5 oracle: a content key of the wrong length fails as a wrong one does")
    func contentKeyLength() throws {
        let rsa = try JWK.generate(algorithm: "RSA-OAEP-256")
        let wrapping = try JWK.generate(algorithm: "A256KW")
        let secret = try Base64URL.decode(#require(wrapping.object(includingPrivate: true)["k"]?.stringValue))
        let publicKey = try _RSA.Encryption.PublicKey(
            derRepresentation: #require(rsa.publicJWK()).der(.subjectPublicKeyInfo))
        for (jwk, lengths) in [(rsa, [0, 1, 15, 16, 31, 33, 64, 190]), (wrapping, [16, 24, 40, 64])] {
            let key = try DecryptionKey(jwk)
            let token = parts(try JWE.encrypt(octets("x"), key: EncryptionKey(jwk), contentEncryption: .a256GCM))
            var answers: Set<String> = []
            for count in lengths + [32] {
                let content = [UInt8](repeating: 9, count: count)
                let wrapped =
                    jwk == rsa
                    ? [UInt8](try publicKey.encrypt(content, padding: .PKCS1_OAEP_SHA256))
                    : [UInt8](try AES.KeyWrap.wrap(SymmetricKey(data: content), using: SymmetricKey(data: secret)))
                var changed = token
                changed[1] = Base64URL.encode(wrapped)
                answers.insert(refusal(changed.joined(separator: "."), key))
            }
            var damaged = token
            damaged[1] = Base64URL.encode([UInt8](repeating: 0, count: try Base64URL.decode(token[1]).count))
            answers.insert(refusal(damaged.joined(separator: "."), key))
            #expect(answers.count == 1)
            #expect(answers.first?.hasPrefix("decryption-failed") == true)
        }
    }

    @Test("length leak: nothing is compressed unasked, so that a length tells of a length alone")
    func length() throws {
        let key = try EncryptionKey(JWK.generate(algorithm: "A256KW"))
        let secrets = [
            String(repeating: "a", count: 500), String((0..<500).map { _ in "abcdefgh".randomElement() ?? "a" }),
        ]
        for content in ContentEncryptionAlgorithm.allCases {
            let tokens = try secrets.map { try JWE.encrypt(octets($0), key: key, contentEncryption: content) }
            #expect(Set(tokens.map(\.utf8.count)).count == 1)
            for token in tokens {
                #expect(try JWT.decodeUnverifiedHeader(token).unverifiedValue["zip"] == nil)
            }
        }
        #expect(throws: JOSEError(.headerInvalid, "")) {
            try JWE.encrypt(octets("x"), header: ["zip": "DEF"], key: key, contentEncryption: .a256GCM)
        }
    }
}
