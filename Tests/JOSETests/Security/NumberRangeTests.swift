import Testing

@testable import JOSE

/// Numbers from outside at the ends of their ranges.
@Suite("Numbers out of range")
struct NumberRangeTests {
    /// The orders of the curves' groups.
    static let orders: [(String, String)] = [
        ("ES256", "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
        (
            "ES384",
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"
        ),
        (
            "ES512",
            "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa"
                + "51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"
        ),
    ]

    @Test("psychic signature: r and s are neither zero nor the order of the group or more", arguments: orders)
    func signatures(algorithm: String, order: String) throws {
        let jwk = try JWK.generate(algorithm: algorithm)
        let key = try VerificationKey(jwk)
        let message = octets("message")
        let good = try SigningKey(jwk).sign(message.span)
        #expect(key.accepts(good, over: message))
        let half = good.count / 2
        let n = JSONValue.string(order).hex
        #expect(n.count == half)
        let bad = [
            [UInt8](repeating: 0, count: half), n, n.dropLast() + [(n.last ?? 0) + 1],
            [UInt8](repeating: 0xFF, count: half),
        ]
        for number in bad {
            #expect(!key.accepts(number + good.suffix(half), over: message))
            #expect(!key.accepts(good.prefix(half) + number, over: message))
            for other in bad { #expect(!key.accepts(number + other, over: message)) }
        }
        for length in [0, 1, half, good.count - 1] {
            #expect(!key.accepts([UInt8](good.prefix(length)), over: message))
        }
        #expect(!key.accepts(good + [0], over: message))
    }

    @Test("integer overflow: no limit is so large that lengths in bits could wrap")
    func limits() {
        for extreme in [Int.max, Int.min, 0, -1] {
            let limits = TokenLimits(
                tokenBytes: extreme, headerBytes: extreme, signers: extreme, pbes2Count: extreme,
                inflatedBytes: extreme)
            // The associated data of a token is its header and, in a JSON form, at most the token.
            #expect((0...1 << 20).contains(limits.headerBytes))
            #expect((0...1 << 30).contains(limits.tokenBytes))
            #expect((0...1 << 30).contains(limits.inflatedBytes))
            #expect((1...1000).contains(limits.signers))
            #expect((0...10_000_000).contains(limits.pbes2Count))
        }
    }

    @Test("integer overflow: dates and counts beyond every range are refused, and none traps")
    func numbers() throws {
        let key = try SigningKey(JWK.generate(algorithm: "HS256"))
        for name in ["exp", "nbf", "iat"] {
            for number in [
                "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1e308", "1e309", "-1e308",
                "9007199254740993", "18446744073709551616",
            ] {
                let token = try JWS.sign(payload: octets("{\"\(name)\":\(number)}"), key: key)
                let policy = JWTPolicy(algorithms: [.hs256], claims: ClaimsPolicy(requiredClaims: []))
                #expect(throws: JOSEError.self, "\(name) \(number)") {
                    try JWT.verify(token, key: VerificationKey(of: key), policy: policy)
                }
            }
        }
        for seconds in [Int64.max, .min] {
            #expect(throws: JOSEError(.claimInvalid, "")) {
                try ClaimsBuilder(clock: .fixed(at: .max)).expires(in: .seconds(seconds)).build()
            }
        }
    }
}
