import Crypto
import Testing

@testable import JOSE

@Suite("A JWS that carries certificates")
struct JWSCertificatesTests {
    private static let algorithms: Set<SignatureAlgorithm> = [.es256]

    private func x5c(_ chain: [[UInt8]]) -> JSONValue {
        .array(chain.map { .string(String(decoding: Base64.encode($0.span), as: UTF8.self)) })
    }

    private func token(_ authority: TestAuthority, _ header: JSONObject, key: JWK? = nil) throws -> [UInt8] {
        let token = try JWS.sign(payload: octets("hello"), header: header, key: SigningKey(key ?? authority.leafJWK))
        return [UInt8](token.utf8)
    }

    private func verify(_ token: [UInt8], _ trust: CertificateTrust) async throws -> CertifiedJWS {
        try await JWS.verify(token, trust: trust, algorithms: Self.algorithms, now: TestAuthority.now)
    }

    @Test("is verified by the leaf's key under a policy that believes the chain")
    func trusted() async throws {
        let authority = try TestAuthority()
        let chain = try authority.chain
        let thumbprint = Base64URL.encode([UInt8](SHA256.hash(data: chain[0])))
        let token = try token(authority, ["x5c": x5c(chain), "x5t#S256": .string(thumbprint), "x5t": "AAAA"])
        let result = try await verify(token, authority.trust(.named(["signer.example"])))
        #expect(result.token.payload == octets("hello"))
        #expect(result.token.algorithm == .es256)
        #expect(result.verdict.isTrusted)
    }

    @Test("is refused when the policy does not believe the chain")
    func untrusted() async throws {
        let authority = try TestAuthority()
        let forged = try TestAuthority()
        let token = try token(forged, ["x5c": x5c(forged.chain + [forged.root.der()])])
        await #expect(throws: JOSEError(.certificateUntrusted, "")) { try await verify(token, authority.trust()) }
        let named = try self.token(authority, ["x5c": x5c(authority.chain)])
        await #expect(throws: JOSEError(.certificateUntrusted, "")) {
            try await verify(named, authority.trust(.named(["other.example"])))
        }
        await #expect(throws: JOSEError(.certificateUntrusted, "")) {
            try await JWS.verify(named, trust: authority.trust(), algorithms: Self.algorithms, now: 0)
        }
    }

    @Test("is refused when another key signed it than the leaf's")
    func stolen() async throws {
        let authority = try TestAuthority()
        let thief = try JWK.generate(algorithm: "ES256")
        let token = try token(authority, ["x5c": x5c(authority.chain)], key: thief)
        await #expect(throws: JOSEError(.signatureInvalid, "")) { try await verify(token, authority.trust()) }
    }

    @Test("is refused when its algorithm is not allowed, or not the key's")
    func algorithms() async throws {
        let authority = try TestAuthority()
        let chain = x5c(try authority.chain)
        let token = try token(authority, ["x5c": chain])
        for allowed in [[], [.es384]] as [Set<SignatureAlgorithm>] {
            await #expect(throws: JOSEError(.algorithmNotAllowed, "")) {
                try await JWS.verify(token, trust: authority.trust(), algorithms: allowed, now: TestAuthority.now)
            }
        }
        let spki = try #require(authority.leafJWK.publicJWK()).der(.subjectPublicKeyInfo)
        let confused = try JWK(["kty": "oct", "k": .string(Base64URL.encode(spki)), "alg": "HS256"])
        let forged = try self.token(authority, ["x5c": chain], key: confused)
        await #expect(throws: JOSEError(.keyMismatch, "")) {
            try await JWS.verify(forged, trust: authority.trust(), algorithms: [.hs256], now: TestAuthority.now)
        }
    }

    @Test("is refused when x5t#S256 is another certificate's, and a SHA-1 x5t proves nothing")
    func thumbprints() async throws {
        let authority = try TestAuthority()
        let other = Base64URL.encode([UInt8](SHA256.hash(data: octets("another"))))
        let wrong = try token(authority, ["x5c": x5c(authority.chain), "x5t#S256": .string(other)])
        await #expect(throws: JOSEError(.certificateInvalid, "")) { try await verify(wrong, authority.trust()) }
        let sha1 = Base64URL.encode([UInt8](Insecure.SHA1.hash(data: try authority.leaf.der())))
        let alone = try token(authority, ["x5t": .string(sha1)])
        await #expect(throws: JOSEError(.keyNotFound, "")) { try await verify(alone, authority.trust()) }
        let pinned = try CertificateTrust(roots: [authority.leaf.der()], subjects: .anyoneUnderTheseRoots)
        await #expect(throws: JOSEError(.keyNotFound, "")) { try await verify(alone, pinned) }
    }

    @Test(
        "is refused when it only points to keys or brings them bare, by whatever policy (CVE-2018-0114)",
        arguments: ["jwk", "jku", "x5u", "x5t", "x5t#S256"])
    func pointers(member: String) async throws {
        let authority = try TestAuthority()
        let thief = try JWK.generate(algorithm: "ES256", kid: "leaf")
        let values: JSONObject = [
            "jwk": .object(try #require(thief.publicJWK()).object(includingPrivate: false)),
            "jku": "https://thief.example/jwks", "x5u": "https://thief.example/chain", "x5t": "AAAA",
            "x5t#S256": .string(Base64URL.encode([UInt8](repeating: 0, count: 32))),
        ]
        let token = try token(authority, [member: values[member] ?? .null], key: thief)
        await #expect(throws: JOSEError(.keyNotFound, "")) { try await verify(token, authority.trust()) }
        let own = try VerificationKey(authority.leafJWK)
        #expect(throws: JOSEError(.signatureInvalid, "")) { try JWS.verify(token.span, key: own) }
    }

    @Test("is not believed without a policy: its certificates do not choose the key")
    func ignored() throws {
        let authority = try TestAuthority()
        let token = try token(authority, ["x5c": x5c(authority.chain)])
        let stranger = try VerificationKey(JWK.generate(algorithm: "ES256", kid: "leaf"))
        #expect(throws: JOSEError(.signatureInvalid, "")) { try JWS.verify(token.span, key: stranger) }
        #expect(throws: JOSEError(.keyNotFound, "")) { try JWS.verify(token.span, keys: KeyDirectory([])) }
    }

    @Test("is refused when its x5c is malformed or too long, before anything is checked")
    func malformed() async throws {
        let authority = try TestAuthority()
        let chain = try authority.chain
        for value in ["x", [], [1], ["*"], x5c([[UInt8]](repeating: chain[0], count: 7))] as [JSONValue] {
            let token = try token(authority, ["x5c": value])
            await #expect(throws: JOSEError(.certificateInvalid, "")) { try await verify(token, authority.trust()) }
        }
        let large = try token(authority, ["x5c": .array([.string(String(repeating: "A", count: 32 << 10))])])
        await #expect(throws: JOSEError(.tokenTooLarge, "")) { try await verify(large, authority.trust()) }
        let critical = try token(authority, ["x5c": x5c(chain), "typ": "x"])
        #expect(try await verify(critical, authority.trust()).token.header["typ"] == "x")
    }
}
