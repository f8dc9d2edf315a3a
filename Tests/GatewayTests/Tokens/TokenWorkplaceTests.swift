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

    private func keys(_ encryption: JWK, _ signing: JWK, damaged: Set<String> = []) throws -> TokenKeys {
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
        case .failed(let error): error.code.rawValue
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
        let keys = try keys(JWK.generate(algorithm: "RSA-OAEP-256"), JWK.generate(algorithm: "ES256"))
        func refusal(_ failure: TokenOpener.Failure) -> Refusal { TokenOpener.refusal(failure, keys: keys) }
        let away = refusal(.device(ProviderError(.unreachable, "gone")))
        #expect(away.code == .keysUnavailable && away.reason == "provider-unreachable")
        #expect(refusal(.device(ProviderError(.denied, "no"))).code == .keysUnavailable)
        #expect(refusal(.device(ProviderError(.throttled, "too many"))).code == .overloaded)
        #expect(refusal(.token(JOSEError(.decryptionFailed, ""))).code == .tokenInvalid)
        #expect(refusal(.token(JOSEError(.keyNotFound, ""))).code == .tokenInvalid)
    }

    @Test func anUnknownKeyIsNotTheTokensFaultWhileOneIsDamaged() throws {
        let keys = try keys(JWK.generate(algorithm: "RSA-OAEP-256"), JWK.generate(algorithm: "ES256"), damaged: ["x"])
        let refusal = TokenOpener.refusal(.token(JOSEError(.keyNotFound, "")), keys: keys)
        #expect(refusal.code == .keysUnavailable && refusal.reason == "key-damaged")
        #expect(TokenOpener.refusal(.token(JOSEError(.decryptionFailed, "")), keys: keys).code == .tokenInvalid)
    }

    @Test func aDeviceHasAQueueOfItsOwn() {
        var configuration = GatewayConfiguration(issuer: TestWorld.issuer, publicURL: "http://127.0.0.1")
        configuration.maximumDeviceCalls = 3
        let places = TokenWorkplaces(configuration)
        #expect(places[.device] === places.device && places[.thread] === places.threads)
        #expect(places.device !== places.threads)
    }
}
