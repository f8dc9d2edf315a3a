import Egress
import JOSE
import KeyManagement
import Synchronization
import Testing

@testable import KeyProviders

@Suite("AWS KMS", .timeLimit(.minutes(1)))
struct AWSKMSProviderTests {
    private static let key = "alias/signet"

    private func provider(
        _ peer: AWSPeer, fetch: AWSCredentialCache.Fetch? = nil
    ) throws -> AWSKMSProvider {
        let credentials = try Sample.credentials(token: Sample.token)
        var limits = DeviceCalls.Limits()
        limits.pause = .milliseconds(1)
        let client = KMSClient(
            endpoint: try #require(.service("kms", region: "eu-central-1")), region: "eu-central-1",
            credentials: AWSCredentialCache(fetch: fetch ?? { .success(credentials) }),
            send: peer.exchanges.service, now: { AWSTime(seconds: 1_440_938_160) })
        return AWSKMSProvider(key: KMSKeyName(Self.key), client: client, limits: limits)
    }

    @Test("Wrapping is Encrypt and opening is Decrypt, with the key and the context")
    func calls() async throws {
        let peer = AWSPeer { _, index in
            AWSPeer.json(index == 0 ? #"{"CiphertextBlob":"+/8="}"# : #"{"Plaintext":"AAEC"}"#)
        }
        let provider = try provider(peer)
        let wrapped = try await provider.wrap(SecretBytes([0, 1, 2]), context: Sample.context)
        #expect(wrapped == [0xfb, 0xff])
        let opened = try await provider.unwrap(wrapped, context: Sample.context)
        #expect(opened == SecretBytes([0, 1, 2]))
        let context = #""EncryptionContext":{"signet-purpose":"root-key","signet-id":"abc"}"#
        #expect(
            peer.requests.map(\.text) == [
                #"{"Plaintext":"AAEC","KeyId":"alias/signet",\#(context)}"#,
                #"{"CiphertextBlob":"+/8=","KeyId":"alias/signet",\#(context)}"#,
            ])
        #expect(peer.requests.map { $0[field: "X-Amz-Target"] } == ["TrentService.Encrypt", "TrentService.Decrypt"])
        let request = try #require(peer.requests.first)
        #expect(request.method == "POST" && request.url == "https://kms.eu-central-1.amazonaws.com/")
        #expect(request[field: "Content-Type"] == "application/x-amz-json-1.1")
        #expect(request[field: "X-Amz-Date"] == "20150830T123600Z")
        #expect(request[field: "X-Amz-Security-Token"] == Sample.token)
        #expect(request[field: "Host"] == nil)
        #expect(
            request[field: "Authorization"]?.hasPrefix(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/eu-central-1/kms/aws4_request, "
                    + "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, Signature=")
                == true)
        #expect(provider.statistics.answered == 2)
    }

    static let faults: [(status: Int, name: String, code: ProviderError.Code)] = [
        (400, "ThrottlingException", .throttled), (400, "LimitExceededException", .throttled), (429, "", .throttled),
        (500, "KMSInternalException", .unreachable), (500, "DependencyTimeoutException", .unreachable),
        (500, "KeyUnavailableException", .unreachable), (503, "", .unreachable), (502, "Whatever", .unreachable),
        (400, "AccessDeniedException", .denied), (400, "UnrecognizedClientException", .denied),
        (403, "InvalidClientTokenId", .denied), (400, "InvalidSignatureException", .denied),
        (403, "SignatureDoesNotMatch", .denied), (400, "ExpiredTokenException", .denied),
        (400, "IncompleteSignatureException", .denied), (403, "", .denied),
        (400, "NotFoundException", .keyMissing), (400, "DisabledException", .keyDisabled),
        (400, "KMSInvalidStateException", .keyDisabled), (400, "InvalidKeyUsageException", .keyDisabled),
        (400, "InvalidCiphertextException", .refused), (400, "IncorrectKeyException", .refused),
        (400, "ValidationException", .configurationInvalid), (400, "SomethingNew", .answerBroken),
        (302, "", .answerBroken),
    ]

    @Test("Each error of the service has its code", arguments: faults)
    func mapping(fault: (status: Int, name: String, code: ProviderError.Code)) async throws {
        let peer = AWSPeer { _, _ in
            AWSPeer.json(
                #"{"__type":"com.amazonaws.kms#\#(fault.name)","message":"why it is so"}"#, status: fault.status)
        }
        let provider = try provider(peer)
        let error = await #expect(throws: ProviderError.self) {
            try await provider.unwrap([1], context: Sample.context)
        }
        #expect(error?.code == fault.code)
        let isRepeated = fault.code == .throttled || fault.code == .unreachable
        #expect(peer.requests.count == (isRepeated ? 4 : 1))
        let name = fault.name.hasSuffix("Exception") ? String(fault.name.dropLast(9)) : fault.name
        #expect(error?.reason.contains("eu-central-1") == true)
        if ["NotFound", "AccessDenied", "Disabled", "Validation"].contains(name) {
            #expect(error?.reason.contains("why it is so") == true)
        }
    }

    @Test("Errors in XML are read as well")
    func xml() async throws {
        let text = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>"
        let peer = AWSPeer { _, _ in AWSPeer.json(text, status: 403) }
        let provider = try provider(peer)
        let error = await #expect(throws: ProviderError.self) { try await provider.checkHealth() }
        #expect(error?.code == .denied && error?.reason.contains("kms:DescribeKey") == true)
        #expect(error?.reason.contains("not you") == true)
    }

    @Test("What AWS repeats of a request when it refuses a signature is not repeated by us")
    func signatureMessage() async throws {
        let peer = AWSPeer { _, _ in
            AWSPeer.json(
                #"{"__type":"InvalidSignatureException","message":"expected x-amz-security-token:\#(Sample.token)"}"#,
                status: 400)
        }
        let provider = try provider(peer)
        let error = await #expect(throws: ProviderError.self) { try await provider.checkHealth() }
        #expect(error?.description.contains(Sample.token) == false)
        #expect(error?.reason.contains("clock") == true)
    }

    @Test("Expired credentials are replaced once", arguments: [true, false])
    func expired(areOthersAccepted: Bool) async throws {
        let peer = AWSPeer { request, _ in
            if areOthersAccepted, request[field: "Authorization"]?.contains("AKIDSECOND") == true {
                return AWSPeer.json(#"{"Plaintext":"AAEC"}"#)
            }
            return AWSPeer.json(#"{"__type":"ExpiredTokenException","message":"expired"}"#, status: 400)
        }
        let all = try ["AKIDFIRST", "AKIDSECOND", "AKIDTHIRD"].map { try Sample.credentials($0) }
        let count = Mutex(0)
        let provider = try provider(peer) {
            let index = count.withLock { count in
                count += 1
                return count - 1
            }
            return .success(all[index])
        }
        if areOthersAccepted {
            let opened = try await provider.unwrap([1], context: Sample.context)
            #expect(opened.count == 3)
        } else {
            let error = await #expect(throws: ProviderError.self) {
                try await provider.unwrap([1], context: Sample.context)
            }
            #expect(error?.code == .denied)
        }
        #expect(peer.requests.count == 2 && count.withLock { $0 } == 2)
    }

    @Test("The same credentials are not tried again")
    func stillExpired() async throws {
        let peer = AWSPeer { _, _ in AWSPeer.json(#"{"__type":"ExpiredTokenException"}"#, status: 400) }
        let provider = try provider(peer)
        await #expect(throws: ProviderError.self) { try await provider.unwrap([1], context: Sample.context) }
        #expect(peer.requests.count == 1)
    }

    @Test(
        "What is no answer is said to be none",
        arguments: [
            "", "no", "[]", "{}", #"{"Plaintext":""}"#, #"{"Plaintext":"AA"}"#, #"{"Plaintext":"-_8="}"#,
            #"{"Plaintext":7}"#,
        ])
    func broken(text: String) async throws {
        let peer = AWSPeer { _, _ in AWSPeer.json(text) }
        let provider = try provider(peer)
        let error = await #expect(throws: ProviderError.self) {
            try await provider.unwrap([1], context: Sample.context)
        }
        #expect(error?.code == .answerBroken)
        let other = await #expect(throws: ProviderError.self) {
            try await provider.wrap(SecretBytes([1]), context: Sample.context)
        }
        #expect(other?.code == .answerBroken)
    }

    static let metadata: [(text: String, code: ProviderError.Code?)] = [
        (#""KeyState":"Enabled","KeyUsage":"ENCRYPT_DECRYPT""#, nil), (#""KeyState":"Enabled""#, nil),
        (#""KeyState":"Disabled","KeyUsage":"ENCRYPT_DECRYPT""#, .keyDisabled),
        (#""KeyState":"PendingDeletion""#, .keyDisabled), (#""KeyState":"Unavailable""#, .unreachable),
        (#""KeyState":"Enabled","KeyUsage":"SIGN_VERIFY""#, .keyDisabled), ("", .answerBroken),
    ]

    @Test("Health is the state of the key", arguments: metadata)
    func health(metadata: (text: String, code: ProviderError.Code?)) async throws {
        let peer = AWSPeer { _, _ in AWSPeer.json(#"{"KeyMetadata":{\#(metadata.text)}}"#) }
        let provider = try provider(peer)
        var found: ProviderError.Code?
        do { try await provider.checkHealth() } catch { found = error.code }
        #expect(found == metadata.code)
        #expect(peer.requests.map { $0[field: "X-Amz-Target"] } == ["TrentService.DescribeKey"])
        #expect(peer.requests.first?.text == #"{"KeyId":"alias/signet"}"#)
    }

    @Test("Health tells that the key is gone, and what to do about one that is going")
    func healthOfKey() async throws {
        let gone = try provider(AWSPeer { _, _ in AWSPeer.json(#"{"__type":"NotFoundException"}"#, status: 400) })
        #expect(await KeyPairs.code { try await gone.checkHealth() } == .keyMissing)
        let going = try provider(AWSPeer { _, _ in AWSPeer.json(#"{"KeyMetadata":{"KeyState":"PendingDeletion"}}"#) })
        let error = await #expect(throws: ProviderError.self) { try await going.checkHealth() }
        #expect(error?.reason.contains("cancel its deletion") == true)
    }

    @Test("A ciphertext of an impossible length is refused without a call", arguments: [0, 6145])
    func length(count: Int) async throws {
        let peer = AWSPeer { _, _ in AWSPeer.json("{}") }
        let provider = try provider(peer)
        let error = await #expect(throws: ProviderError.self) {
            try await provider.unwrap([UInt8](repeating: 0, count: count), context: Sample.context)
        }
        #expect(error?.code == .refused && peer.requests.isEmpty)
    }
}
