import HTTPEngine
import JOSE
import KeyManagement
import Resources
import Testing

@testable import Gateway

/// Which keys open a token: those of the forms that its API accepts, and no others.
@Suite struct TokenFormTests {
    private static let otherForm = TokenForm(
        signing: RingSpec(owner: .issuer, purpose: .accessSigning, algorithm: "ES384"),
        encryption: RingSpec(owner: .api("orders"), purpose: .encryption, algorithm: "RSA-OAEP-256"), content: .a128GCM)

    private func code(_ loop: TestLoop, _ token: String) throws -> String {
        guard let (decision, _) = loop.request("GET /orders", [bearer(token)]) else { return "none" }
        switch decision {
        case .forward: return "forwarded"
        case .respond(let answer): return try JSONValue(parsing: answer.body)["code"]?.stringValue ?? ""
        default: return "parked"
        }
    }

    /// A world whose API `orders` had another form before, with a token of that.
    private func changed(_ form: TokenForm) throws -> (TestWorld, token: String, key: EncryptionKey) {
        var world = try TestWorld()
        let signing = try JWK.generate(algorithm: form.signing.algorithm)
        let encryption = try JWK.generate(algorithm: form.encryption.algorithm, curve: form.encryption.curve)
        world.apis[0].earlier = [
            FormKeys(
                form: form, decryption: try KeyDirectory([DecryptionKey(encryption)]),
                verification: try KeyDirectory([VerificationKey(signing)]))
        ]
        let token = try NestedToken.seal(
            claims: TestWorld.claims { $0["jti"] = "earlier" }.serialized(), signingKey: SigningKey(signing),
            encryptionKey: EncryptionKey(encryption), contentEncryption: form.content)
        return (world, token, try EncryptionKey(encryption))
    }

    @Test func aTokenSignedByAnotherRingOfTheIssuerIsRefused() throws {
        let world = try TestWorld()
        let other = try SigningKey(try JWK.generate(algorithm: "ES384"))
        let token = try NestedToken.seal(
            claims: TestWorld.claims().serialized(), signingKey: other, encryptionKey: world.apis[0].encryption)
        #expect(try code(TestLoop(world), token) == "token-invalid")
    }

    @Test(arguments: [
        TokenForm(
            signing: RingSpec(owner: .issuer, purpose: .accessSigning, algorithm: "Ed25519"),
            encryption: RingSpec(owner: .api("orders"), purpose: .encryption, algorithm: "ECDH-ES", curve: "P-256"),
            content: .a128GCM),
        TokenForm(
            signing: RingSpec(owner: .api("orders"), purpose: .mac, algorithm: "HS256"),
            encryption: RingSpec(owner: .api("orders"), purpose: .encryption, algorithm: "A256KW"), content: .a256GCM),
    ]) func aTokenOfAnEarlierFormOpensAndPartsOfTwoFormsDoNotMix(form: TokenForm) throws {
        let (world, token, earlier) = try changed(form)
        let loop = try TestLoop(world)
        #expect(try code(loop, token) == "forwarded")
        #expect(try code(loop, token) == "forwarded")
        #expect(try code(loop, world.token()) == "forwarded")
        // Signed by the present ring, encrypted to a key of the earlier one: no policy ever made such a token.
        let mixed = try NestedToken.seal(
            claims: TestWorld.claims { $0["jti"] = "mixed" }.serialized(), signingKey: world.apis[0].signing,
            encryptionKey: earlier, contentEncryption: form.content)
        #expect(try code(loop, mixed) == "token-invalid")
    }

    @Test func aTokenWithAnotherContentEncryptionThanItsFormIsRefused() throws {
        let world = try TestWorld()
        let token = try NestedToken.seal(
            claims: TestWorld.claims().serialized(), signingKey: world.apis[0].signing,
            encryptionKey: world.apis[0].encryption, contentEncryption: .a128GCM)
        #expect(try code(TestLoop(world), token) == "token-invalid")
    }

    @Test func onlyTokensOfASlowFormPark() throws {
        let (world, slow, _) = try changed(Self.otherForm)
        let loop = try TestLoop(world)
        #expect(try code(loop, world.token()) == "forwarded")
        #expect(try code(loop, slow) == "parked")
        let claims = TestWorld.claims(for: "https://bills.example") { $0["scope"] = "bills.read" }
        let bills = try world.token(claims, api: 1)
        let (decision, _) = try #require(loop.request("GET /bills", [bearer(bills)]))
        guard case .forward = decision else {
            Issue.record("expected the token of another API to open on the loop")
            return
        }
    }

    @Test func whetherAFormIsSlowIsAMatterOfItsAlgorithms() {
        func keys(_ signing: String, _ encryption: String, _ curve: String? = nil) -> Bool {
            let form = TokenForm(
                signing: RingSpec(owner: .issuer, purpose: .accessSigning, algorithm: signing),
                encryption: RingSpec(
                    owner: .api("orders"), purpose: .encryption, algorithm: encryption, curve: curve),
                content: .a256GCM)
            let empty = FormKeys(form: form, decryption: KeyDirectory(), verification: KeyDirectory())
            return TokenKeys([empty], maximumTokenBytes: 16_384).forms[0].isSlow
        }
        #expect(!keys("ES256", "ECDH-ES", "X25519"))
        #expect(!keys("RS256", "A256KW"))
        #expect(keys("ES384", "A256KW"))
        #expect(keys("ES512", "A256KW"))
        #expect(keys("ES256", "ECDH-ES", "P-384"))
        #expect(keys("ES256", "ECDH-ES+A128KW", "P-521"))
        #expect(keys("ES256", "RSA-OAEP"))
        #expect(keys("ES256", "RSA-OAEP-256"))
    }
}
