import Testing

@testable import JOSE

@Suite("A key on secp256k1, edwards448 or curve448")
struct RareCurveTests {
    private func hexadecimal(_ text: String) -> JSONValue { .string(Base64URL.encode(JSONValue.string(text).hex)) }

    private func refused(_ object: JSONObject, _ comment: Comment? = nil) {
        #expect(throws: JOSEError(.keyInvalid, ""), comment) { try JWK(object) }
    }

    /// n, the order of secp256k1.
    private let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"

    @Test("is refused when its numbers are of the wrong length", arguments: ["ES256K", "Ed448", "ECDH-ES"])
    func lengths(algorithm: String) throws {
        let good = try JWK.generate(algorithm: algorithm, curve: algorithm == "ECDH-ES" ? "X448" : nil)
            .object(includingPrivate: true)
        #expect(throws: Never.self) { try JWK(good) }
        for name in ["x", "y", "d"] where good[name] != nil {
            let octets = try Base64URL.decode(#require(good[name]?.stringValue))
            for wrong in [[], [UInt8](octets.dropLast()), octets + [0], [0] + octets] {
                var bad = good
                bad[name] = .string(Base64URL.encode(wrong))
                refused(bad, "\(name)")
            }
        }
    }

    @Test("is refused when its private half belongs to another public half", arguments: ["ES256K", "Ed448", "X448"])
    func halves(name: String) throws {
        let algorithm = name == "X448" ? "ECDH-ES" : name
        let curve = name == "X448" ? "X448" : nil
        var one = try JWK.generate(algorithm: algorithm, curve: curve).object(includingPrivate: true)
        one["d"] = try JWK.generate(algorithm: algorithm, curve: curve).object(includingPrivate: true)["d"]
        refused(one)
    }

    @Test("on secp256k1 is refused off the curve, at infinity, beyond the prime, and with a scalar out of range")
    func secp256k1() throws {
        let good = try JWK.generate(algorithm: "ES256K").object(includingPrivate: true)
        var bad = good
        var y = try Base64URL.decode(#require(good["y"]?.stringValue))
        y[31] ^= 1
        bad["d"] = nil
        bad["y"] = .string(Base64URL.encode(y))
        refused(bad)
        let zeros = String(repeating: "00", count: 32)
        refused(["kty": "EC", "crv": "secp256k1", "x": hexadecimal(zeros), "y": hexadecimal(zeros)])
        let ones = String(repeating: "ff", count: 32)
        refused(["kty": "EC", "crv": "secp256k1", "x": hexadecimal(ones), "y": hexadecimal(ones)])
        for scalar in [zeros, order, ones] {
            bad = good
            bad["d"] = hexadecimal(scalar)
            refused(bad, "\(scalar)")
        }
        // The generator belongs to the scalar 1, and its negative to n - 1.
        let x = hexadecimal("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
        let generator = hexadecimal("483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8")
        let one = hexadecimal(String(zeros.dropLast()) + "1")
        let last = hexadecimal(String(order.dropLast()) + "0")
        #expect(throws: Never.self) { try JWK(["kty": "EC", "crv": "secp256k1", "x": x, "y": generator, "d": one]) }
        refused(["kty": "EC", "crv": "secp256k1", "x": x, "y": generator, "d": last])
        // n + 1 is 1 to whoever forgets to look at the range.
        let beyond = hexadecimal(String(order.dropLast()) + "2")
        refused(["kty": "EC", "crv": "secp256k1", "x": x, "y": generator, "d": beyond])
    }

    @Test("on secp256k1 verifies no signature whose r or s is zero, n or more")
    func ranges() throws {
        let jwk = try JWK.generate(algorithm: "ES256K")
        let message = octets("message")
        let key = try VerificationKey(jwk)
        let good = try SigningKey(jwk).sign(message.span)
        #expect(key.accepts(good, over: message))
        let (r, s) = ([UInt8](good.prefix(32)), [UInt8](good.suffix(32)))
        let bad = [
            [UInt8](repeating: 0, count: 32), JSONValue.string(order).hex, [UInt8](repeating: 0xFF, count: 32),
        ]
        for number in bad {
            #expect(!key.accepts(number + s, over: message) && !key.accepts(r + number, over: message))
            #expect(!key.accepts(number + number, over: message))
        }
        for count in [0, 1, 63, 65, 72] {
            #expect(!key.accepts([UInt8](repeating: 1, count: count), over: message))
        }
    }

    /// -1, 0 and 1 as y, with either sign, and what is not canonical: p and p + 1 as y.
    static let weakEdwards: [String] = {
        let zeros = String(repeating: "00", count: 55)
        let ones = String(repeating: "ff", count: 27)
        return [
            "00" + zeros + "00", "00" + zeros + "80", "01" + zeros + "00", "01" + zeros + "80",
            "fe" + ones + "fe" + ones + "00", "fe" + ones + "fe" + ones + "80",
            "ff" + ones + "fe" + ones + "00", "00" + String(repeating: "00", count: 27) + "ff" + ones + "00",
            "ff" + ones + "ff" + ones + "ff",
        ]
    }()

    @Test("of Ed448 is refused when it is of low order or not canonical", arguments: weakEdwards)
    func lowOrderEdwards(key: String) {
        refused(["kty": "OKP", "crv": "Ed448", "x": hexadecimal(key)])
    }

    @Test("of Ed448 is refused when its last octet has more than the sign of x", arguments: 0..<7)
    func strayBits(bit: UInt8) throws {
        var object = try JWK.generate(algorithm: "Ed448").object(includingPrivate: false)
        var x = try Base64URL.decode(#require(object["x"]?.stringValue))
        x[56] ^= 1 << bit
        object["x"] = .string(Base64URL.encode(x))
        refused(object)
        // The other sign is another point, and a good one.
        x[56] ^= 1 << bit | 0x80
        object["x"] = .string(Base64URL.encode(x))
        #expect(throws: Never.self) { try JWK(object) }
    }

    @Test("of Ed448 is refused when no point has its y: about half of all")
    func offEdwards() {
        var accepted = 0
        for value in 2..<130 {
            let x = Base64URL.encode([UInt8(value)] + [UInt8](repeating: 0, count: 56))
            if (try? JWK(["kty": "OKP", "crv": "Ed448", "x": .string(x)])) != nil { accepted += 1 }
        }
        #expect((40...90).contains(accepted), "\(accepted)")
    }

    /// 0, 1, -1, and the same beyond the prime.
    static let weakMontgomery: [String] = {
        let zeros = String(repeating: "00", count: 55)
        let ones = String(repeating: "ff", count: 27)
        return [
            "00" + zeros, "01" + zeros, "fe" + ones + "fe" + ones, "ff" + ones + "fe" + ones,
            "00" + String(repeating: "00", count: 27) + "ff" + ones,
        ]
    }()

    @Test("of X448 is refused when every exchange with it gives zero", arguments: weakMontgomery)
    func lowOrderMontgomery(key: String) throws {
        refused(["kty": "OKP", "crv": "X448", "x": hexadecimal(key)])
        // As an ephemeral key it is refused by the exchange itself.
        let own = try AgreementPrivateKey.ephemeral(on: .x448)
        let peer = try AgreementPublicKey(curve: .x448, x: JSONValue.string(key).hex, y: [])
        #expect(own.sharedSecret(with: peer) == nil)
    }

    @Test("agrees with no key on another curve, and signs where it is for signatures only")
    func crossing() throws {
        let curves = EllipticCurve.allCases.filter(\.isForAgreement)
        for own in curves {
            for other in curves where other != own {
                let privateKey = try AgreementPrivateKey.ephemeral(on: own)
                let otherKey = try AgreementPrivateKey.ephemeral(on: other)
                let octets = otherKey.publicOctets
                let half = other.coordinateBytes
                let peer = try AgreementPublicKey(
                    curve: other, x: [UInt8](octets.prefix(half)), y: [UInt8](octets.dropFirst(half))
                )
                #expect(privateKey.sharedSecret(with: peer) == nil, "\(own) \(other)")
            }
        }
        for name in ["ES256K", "Ed448"] {
            var object = try JWK.generate(algorithm: name).object(includingPrivate: true)
            object["alg"] = nil
            object["use"] = nil
            let jwk = try JWK(object)
            #expect(throws: JOSEError(.keyMismatch, "")) { try EncryptionKey(jwk, algorithm: .ecdhES) }
            #expect(throws: JOSEError(.keyMismatch, "")) { try DecryptionKey(jwk, algorithm: .ecdhES) }
            #expect(throws: JOSEError(.keyInvalid, "")) {
                try AgreementPrivateKey.ephemeral(on: #require(EllipticCurve(rawValue: object["crv"]?.text ?? "")))
            }
        }
    }

    @Test("is used by many threads at once")
    func threads() async throws {
        let ecdsa = try JWK.generate(algorithm: "ES256K")
        let edwards = try JWK.generate(algorithm: "Ed448")
        let rsa = try JWK.generate(algorithm: "RSA-OAEP-512")
        let (ecdsaKey, edwardsKey) = (try SigningKey(ecdsa), try SigningKey(edwards))
        let (encryption, decryption) = (try EncryptionKey(rsa), try DecryptionKey(rsa))
        let (ecdsaPublic, edwardsPublic) = (try VerificationKey(ecdsa), try VerificationKey(edwards))
        let good = await withTaskGroup(of: Bool.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    for round in 0..<20 {
                        let message = octets("\(worker) \(round)")
                        guard let one = try? ecdsaKey.sign(message.span), let two = try? edwardsKey.sign(message.span),
                            ecdsaPublic.accepts(one, over: message), edwardsPublic.accepts(two, over: message),
                            let token = try? JWE.encrypt(message, key: encryption, contentEncryption: .a256GCM),
                            (try? JWE.decrypt(token, key: decryption))?.plaintext == message
                        else { return false }
                    }
                    return true
                }
            }
            return await group.reduce(true) { $0 && $1 }
        }
        #expect(good)
    }
}
