import JOSE
import KeyManagement
import Testing

@testable import KeyProviders

@Suite("Key pairs of a token, by their parts")
struct PairPartsTests {
    private static func coordinates(_ curve: String) throws -> (x: [UInt8], y: [UInt8]) {
        let jwk = try JWK.generate(algorithm: curve == "P-256" ? "ES256" : "ES384").object(includingPrivate: false)
        return (
            try Base64URL.decode(jwk["x"]?.stringValue ?? ""), try Base64URL.decode(jwk["y"]?.stringValue ?? "")
        )
    }

    @Test("A point is read with its OCTET STRING and without", arguments: [DeviceKeyAlgorithm.es256, .es384])
    func points(algorithm: DeviceKeyAlgorithm) throws {
        let (x, y) = try Self.coordinates(algorithm == .es256 ? "P-256" : "P-384")
        let curve = try #require(algorithm.curve)
        let bare = [4] + x + y
        let jwk = try PairPublicHalf.elliptic(algorithm, point: bare, curve: curve)
        #expect(jwk.object(includingPrivate: false)["x"]?.stringValue == Base64URL.encode(x))
        #expect(jwk.object(includingPrivate: false)["y"]?.stringValue == Base64URL.encode(y))
        #expect(try PairPublicHalf.elliptic(algorithm, point: [4, UInt8(bare.count)] + bare, curve: curve) == jwk)
    }

    @Test("Any other point is none")
    func noPoints() throws {
        let (x, y) = try Self.coordinates("P-256")
        let curve = try #require(DeviceKeyAlgorithm.es256.curve)
        let bare = [4] + x + y
        var off = bare
        off[64] ^= 1
        let points: [[UInt8]] = [
            [], [4], [4, 65], Array(bare.dropLast()), bare + [0], [2] + bare.dropFirst(), [4, 66] + bare,
            [3, 65] + bare,
            [4, 65, 2] + bare.dropFirst(), off,
        ]
        for point in points {
            #expect { try PairPublicHalf.elliptic(.es256, point: point, curve: curve) } throws: {
                ($0 as? ProviderError)?.code == .answerBroken
            }
        }
        for curve in [[], DeviceKeyAlgorithm.es384.curve ?? []] {
            #expect(throws: ProviderError.self) { try PairPublicHalf.elliptic(.es256, point: bare, curve: curve) }
        }
    }

    @Test("An RSA key has the size and the exponent that were asked for, leading zeros aside")
    func numbers() throws {
        let good = try JWK.generate(algorithm: "RS256", rsaBits: 3072).object(includingPrivate: false)
        let modulus = try Base64URL.decode(good["n"]?.stringValue ?? "")
        let jwk = try PairPublicHalf.rsa(modulus: [0] + modulus, exponent: [0, 1, 0, 1])
        #expect(jwk.object(includingPrivate: false)["n"] == good["n"])
        let half = try #require(RSAPublicHalf(jwk))
        #expect(half.modulus == modulus)
        for (modulus, exponent) in [
            ([], [1, 0, 1]), (Array(modulus.dropLast()), [1, 0, 1]), (modulus + [1], [1, 0, 1]), (modulus, [3]),
            (modulus, []),
        ] as [([UInt8], [UInt8])] {
            #expect { try PairPublicHalf.rsa(modulus: modulus, exponent: exponent) } throws: {
                ($0 as? ProviderError)?.code == .answerBroken
            }
        }
    }

    @Test("A private key is used for one thing, and only when it can't leave the token")
    func faults() {
        let signing = ObjectInfo(keyType: 3, isSensitive: true, isExtractable: false, mayDecrypt: false, maySign: true)
        var decrypting = signing
        (decrypting.keyType, decrypting.mayDecrypt, decrypting.maySign) = (0, true, nil)
        #expect(signing.fault(for: .es256) == nil)
        #expect(decrypting.fault(for: .rsaOAEP256) == nil)
        #expect(signing.fault(for: .rs256)?.contains("CKA_KEY_TYPE") == true)
        let changes: [(String, (inout ObjectInfo) -> Void)] = [
            ("CKA_EXTRACTABLE", { $0.isExtractable = true }), ("CKA_EXTRACTABLE", { $0.isExtractable = nil }),
            ("CKA_SENSITIVE", { $0.isSensitive = nil }), ("CKA_SIGN", { $0.maySign = false }),
            ("CKA_DECRYPT", { $0.mayDecrypt = true }),
        ]
        for (word, change) in changes {
            var key = signing
            change(&key)
            #expect(key.fault(for: .es384)?.contains(word) == true)
        }
        var both = decrypting
        both.maySign = true
        #expect(both.fault(for: .rsaOAEP256)?.contains("CKA_SIGN") == true)
        #expect(signing.fault(for: .rsaOAEP256) != nil)
    }

    @Test("What nobody waits for any more is destroyed, and not made twice meanwhile")
    func attempts() throws {
        let attempt = PairAttempt()
        var destroyed = 0
        let made = try attempt.run {
            #expect {
                try attempt.run {
                    2
                } destroying: {
                }
            } throws: { ($0 as? ProviderError)?.code == .throttled }
            return 1
        } destroying: {
            destroyed += 1
        }
        #expect(made == 1)
        #expect(throws: ProviderError.self) {
            try attempt.run {
                attempt.giveUp()
                return 3
            } destroying: {
                destroyed += 1
            }
        }
        #expect(destroyed == 1)
    }

    @Test("A reference is a kid", arguments: ["", "a b", "a/b", "é", String(repeating: "a", count: 65)])
    func references(reference: String) {
        #expect { try Token.pairID(reference) } throws: { ($0 as? ProviderError)?.code == .keyMissing }
    }
}
