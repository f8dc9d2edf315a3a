import Egress
import JOSE
import KeyManagement
import Testing

@testable import KeyProviders

@Suite("Key pairs of AWS KMS", .serialized, .timeLimit(.minutes(2)))
struct KMSKeyPairTests {
    private func provider(_ peer: AWSPeer) throws -> AWSKMSProvider {
        let credentials = try Sample.credentials()
        var limits = DeviceCalls.Limits()
        limits.pause = .milliseconds(1)
        let client = KMSClient(
            endpoint: try #require(.service("kms", region: "eu-central-1")), region: "eu-central-1",
            credentials: AWSCredentialCache(fetch: { .success(credentials) }), send: peer.exchanges.service)
        return AWSKMSProvider(key: nil, client: client, limits: limits, keySetting: "keys.aws_kms.key")
    }

    private static let arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd"

    private func key(_ algorithm: DeviceKeyAlgorithm) throws -> DeviceKey {
        let name = algorithm == .es384 ? "ES384" : "ES256"
        let jwk = try #require(JWK.generate(algorithm: name).publicJWK())
        return DeviceKey(reference: Self.arn, algorithm: algorithm, publicJWK: jwk)
    }

    @Test(
        "A signature in DER is read strictly",
        arguments: [
            ([0x30, 6, 2, 1, 1, 2, 1, 2], true), ([0x30, 7, 2, 2, 0, 0x80, 2, 1, 2], true),
            // Not minimal, negative, something behind, too short, a long form of a length, no sequence.
            ([0x30, 7, 2, 2, 0, 1, 2, 1, 2], false), ([0x30, 6, 2, 1, 0x81, 2, 1, 2], false),
            ([0x30, 6, 2, 1, 1, 2, 1, 2, 0], false), ([0x30, 6, 2, 1, 1, 2, 1], false),
            ([0x30, 0x81, 6, 2, 1, 1, 2, 1, 2], false), ([0x31, 6, 2, 1, 1, 2, 1, 2], false), ([], false),
            // An R of 33 octets.
            ([0x30, 38, 2, 33] + [UInt8](repeating: 1, count: 33) + [2, 1, 2], false),
        ] as [([UInt8], Bool)])
    func strictDER(der: [UInt8], isGood: Bool) throws {
        let pair = KMSKeyPair(key: try #require(KMSKeyName(Self.arn) as KMSKeyName?), algorithm: .es256)
        let signature = pair.signature(der)
        #expect((signature != nil) == isGood)
        if let signature { #expect(signature.count == 64 && signature.last == 2) }
    }

    @Test("Making is not repeated unless KMS said that it has too much to do; the rest is")
    func repetitions() async throws {
        for (status, name, count) in [(500, "KMSInternalException", 1), (400, "ThrottlingException", 4)] {
            let peer = AWSPeer { _, _ in AWSPeer.json(#"{"__type":"\#(name)"}"#, status: status) }
            let provider = try provider(peer)
            await #expect(throws: ProviderError.self) { try await provider.makeKey(.es256, kid: KeyPairs.kid) }
            #expect(peer.requests.count == count)
            #expect(peer.requests.allSatisfy { !$0.isRepeatable })
            #expect(await KeyPairs.code { _ = try await provider.sign([1], with: try key(.es256)) } != nil)
            #expect(peer.requests.count > count && peer.requests.last?.isRepeatable == true)
        }
    }

    @Test("A key of which no public half comes is not left behind")
    func unfinished() async throws {
        let peer = AWSPeer { request, _ in
            request[field: "X-Amz-Target"] == "TrentService.CreateKey"
                ? AWSPeer.json(#"{"KeyMetadata":{"Arn":"\#(Self.arn)"}}"#) : AWSPeer.json(#"{"PublicKey":"AAAA"}"#)
        }
        let provider = try provider(peer)
        #expect(await KeyPairs.code { _ = try await provider.makeKey(.es256, kid: KeyPairs.kid) } == .answerBroken)
        #expect(
            peer.requests.map { $0[field: "X-Amz-Target"] } == [
                "TrentService.CreateKey", "TrentService.GetPublicKey", "TrentService.ScheduleKeyDeletion",
            ])
        #expect(peer.requests.last?.text == #"{"PendingWindowInDays":7,"KeyId":"\#(Self.arn)"}"#)
    }

    @Test(
        "What is no signature, and no content key, is not taken for one",
        arguments: ["{}", #"{"Signature":"AAAA","Plaintext":"AAAA"}"#, #"{"Signature":7,"Plaintext":7}"#])
    func broken(text: String) async throws {
        let provider = try provider(AWSPeer { _, _ in AWSPeer.json(text) })
        for algorithm in DeviceKeyAlgorithm.allCases where algorithm.signs {
            let key = try key(algorithm)
            #expect(await KeyPairs.code { _ = try await provider.sign([1], with: key) } == .answerBroken)
        }
        let junk = [UInt8](repeating: 1, count: 384)
        let opening = try key(.rsaOAEP256)
        let code = await KeyPairs.code { _ = try await provider.decrypt(junk, with: opening) }
        #expect(code == (text.contains("AAAA") ? .refused : .answerBroken))
    }

    @Test("Without a key that wraps, nothing is wrapped, and the setting is named")
    func noWrappingKey() async throws {
        let provider = try provider(AWSPeer { _, _ in AWSPeer.json("{}") })
        #expect(provider.capabilities == .keys)
        let error = await #expect(throws: ProviderError.self) {
            try await provider.wrap(SecretBytes([1]), context: Sample.context)
        }
        #expect(error?.code == .configurationInvalid && error?.reason.contains("keys.aws_kms.key") == true)
    }

    @Test(
        "In ministack keys of every algorithm are made, used and destroyed, and junk is refused",
        .enabled(if: MiniStack.isExpected, "ministack is not installed: make .venv"))
    func real() async throws {
        let stack = try await MiniStack()
        defer { stack.remove() }
        let provider = try stack.provider()
        let encryption = try await provider.makeKey(.rsaOAEP256, kid: KeyPairs.otherKid)
        let tags = try await stack.ask("ListResourceTags", #"{"KeyId":"\#(encryption.reference)"}"#)
        #expect(
            tags["Tags"]?.arrayValue?.first?.objectValue?["TagValue"]?.stringValue == KeyPairs.otherKid)
        for algorithm in DeviceKeyAlgorithm.allCases where algorithm.signs {
            let key = try await provider.makeKey(algorithm, kid: KeyPairs.kid)
            #expect(try await KeyPairs.roundTrip(provider, key, encryption).claims.subject == "a")
            if algorithm == .es256 { try await KeyPairs.checkMany(provider, key, encryption) }
            try await stack.ask("DisableKey", #"{"KeyId":"\#(key.reference)"}"#)
            #expect(await KeyPairs.code { _ = try await provider.sign([1], with: key) } == .keyDisabled)
            for _ in 0..<2 { try await provider.destroyKey(key) }
            #expect(await KeyPairs.code { _ = try await provider.sign([1], with: key) } == .keyDisabled)
        }
        let other = try await provider.makeKey(.rsaOAEP256, kid: KeyPairs.kid)
        try await KeyPairs.checkJunk(provider, encryption, other: other)
        await provider.close()
    }
}
