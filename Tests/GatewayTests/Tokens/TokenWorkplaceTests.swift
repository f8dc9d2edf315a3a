import JOSE
import KeyManagement
import Problems
import Resources
import Testing

@testable import Gateway

/// Where a token is opened is told by its kid, before anything is opened.
@Suite struct TokenWorkplaceTests {
    private static let form = TokenForm(
        signing: RingSpec(owner: .issuer, purpose: .accessSigning, algorithm: "ES256"),
        encryption: RingSpec(owner: .api("orders"), purpose: .encryption, algorithm: "RSA-OAEP-256"), content: .a256GCM)

    private func keys(_ encryption: JWK, _ signing: JWK, damaged: DamagedKeyIDs = DamagedKeyIDs()) throws -> TokenKeys {
        TokenKeys(
            [
                FormKeys(
                    form: Self.form, decryption: try KeyDirectory([DecryptionKey(encryption)]),
                    verification: try KeyDirectory([VerificationKey(signing)]), damaged: damaged)
            ], maximumTokenBytes: 16_384)
    }

    private func result(_ token: String, _ keys: TokenKeys) -> String {
        switch TokenOpener.openFast(Array(token.utf8).span, keys: keys) {
        case .opened: "opened"
        case .failed(let failure): TokenOpener.refusal(failure).reason
        case .needsJob(.thread): "thread"
        case .needsJob(.device): "device"
        }
    }

    @Test func aSlowTokenOfAKnownKeyNeedsAJobAndOneOfAnUnknownKeyNone() throws {
        let (signing, encryption) = (try JWK.generate(algorithm: "ES256"), try JWK.generate(algorithm: "RSA-OAEP-256"))
        let keys = try keys(encryption, signing)
        func token(_ recipient: JWK) throws -> String {
            try NestedToken.seal(
                claims: TestWorld.claims().serialized(), signingKey: SigningKey(signing),
                encryptionKey: EncryptionKey(recipient))
        }
        #expect(try result(token(encryption), keys) == "thread")
        // Anyone can name a kid that there is not: that costs a look at the header.
        #expect(try result(token(JWK.generate(algorithm: "RSA-OAEP-256")), keys) == "key-not-found")
        #expect(result("a.b.c.d.e", keys) != "thread")
    }

    @Test func whatADeviceCannotDoIsNotTheTokensFault() throws {
        func refusal(_ failure: TokenOpener.Failure) -> Refusal { TokenOpener.refusal(failure) }
        let away = refusal(.device(ProviderError(.unreachable, "gone")))
        #expect(away.code == .keysUnavailable && away.reason == "provider-unreachable")
        #expect(refusal(.device(ProviderError(.denied, "no"))).code == .keysUnavailable)
        #expect(refusal(.device(ProviderError(.throttled, "too many"))).code == .overloaded)
        #expect(refusal(.token(JOSEError(.decryptionFailed, ""))).code == .tokenInvalid)
        #expect(refusal(.token(JOSEError(.keyNotFound, ""))).code == .tokenInvalid)
        #expect(refusal(.keyDamaged).code == .keysUnavailable)
    }

    @Test func ofATokenWhoseKeyIsDamagedNothingIsSaidAndOfOthersWhatIsSo() throws {
        let (signing, encryption) = (try JWK.generate(algorithm: "ES256"), try JWK.generate(algorithm: "RSA-OAEP-256"))
        let (lost, unknown) = (try JWK.generate(algorithm: "RSA-OAEP-256"), try JWK.generate(algorithm: "RSA-OAEP-256"))
        func token(_ recipient: JWK) throws -> String {
            try NestedToken.seal(
                claims: TestWorld.claims().serialized(), signingKey: SigningKey(signing),
                encryptionKey: EncryptionKey(recipient))
        }
        let keys = try keys(encryption, signing, damaged: DamagedKeyIDs(encryption: [#require(lost.kid)]))
        #expect(try result(token(lost), keys) == "key-damaged")
        #expect(try result(token(unknown), keys) == "key-not-found")
        #expect(try result(token(encryption), keys) == "thread")
        #expect(result("a.b.c.d.e", keys) != "key-damaged")
        // What signed it stands inside, and is not known yet.
        let others = try self.keys(
            encryption, JWK.generate(algorithm: "ES256"), damaged: DamagedKeyIDs(signing: [#require(signing.kid)]))
        #expect(try result(token(encryption), others) == "thread")
        for (recipient, isDamaged) in [(encryption, true), (unknown, false)] {
            let text = Array(try token(recipient).utf8)
            let failure = #expect(throws: TokenOpener.Failure.self) { try TokenOpener.open(text.span, keys: others) }
            #expect((TokenOpener.refusal(try #require(failure)).reason == "key-damaged") == isDamaged)
        }
    }

    @Test func aDeviceHasAQueueOfItsOwn() {
        var configuration = GatewayConfiguration(issuer: TestWorld.issuer, publicURL: "http://127.0.0.1")
        configuration.maximumDeviceCalls = 3
        let places = TokenWorkplaces(configuration)
        #expect(places[.device] === places.device && places[.thread] === places.threads)
        #expect(places.device !== places.threads)
    }
}
