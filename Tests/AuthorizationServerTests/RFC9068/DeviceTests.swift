import JOSE
import KeyManagement
import Resources
import Store
import Synchronization
import TestLogs
import Testing

@testable import AuthorizationServer

@Suite("Tokens whose keys a device has", .timeLimit(.minutes(1)))
struct DeviceTests {
    private static let client = """
        kind: Client
        name: keeper
        spec: {grants: [client_credentials], auth: client_secret_basic, apis: {vaulted: [read]}}
        """

    private static let documents = """
        ---
        kind: API
        name: vaulted
        spec:
          type: rest
          audience: https://vaulted.example
          scopes: [read]
          token: {profile: kms}
          upstreams: [{url: http://127.0.0.1:8082}]
          routes: [{path: {prefix: /vaulted}}]
        ---
        \(client)

        """

    private let device = TestDevice()

    private func issuer(
        patience: Duration = .seconds(30), gatewayOpens: @escaping AuthorizationServer.OpeningCheck = { _ in true }
    ) async throws -> Issuer {
        try await Issuer(
            documents: Self.documents, device: device, configure: { $0.devicePatience = patience },
            gatewayOpens: gatewayOpens)
    }

    private func active(_ purpose: KeyPurpose, _ issuer: Issuer) async throws -> KeyVersion {
        let versions = try await issuer.keys.list()
        return try #require(
            versions.first {
                $0.ring.custody == .device && $0.ring.purpose == purpose && $0.lifecycle.state == .active
            })
    }

    private func signingKeysOfRecorded(_ issuer: Issuer) async throws -> [String] {
        try await issuer.database.read { try $0.query("SELECT signing_kid FROM issued_token") }
            .map { try $0.text("signing_kid") }
    }

    /// Asks for a token, and does something while the device holds up its signature.
    private func token(_ issuer: Issuer, meanwhile change: () async throws -> Void) async throws -> Answer {
        device.hold()
        async let answer = issuer.token(basic: "keeper")
        while device.held == 0 { try await Task.sleep(for: .milliseconds(1)) }
        try await change()
        device.release()
        return try await answer
    }

    @Test("a device that hangs is waited for a limited time; then the client may come again")
    func hangs() async throws {
        let issuer = try await issuer(patience: .milliseconds(100))
        #expect(try await issuer.token(basic: "keeper").status == 200)
        device.hold()
        let begin = ContinuousClock.now
        let answer = try await issuer.token(basic: "keeper")
        #expect(ContinuousClock.now - begin < .seconds(10))
        #expect(answer.status == 503 && answer.error == "temporarily_unavailable")
        #expect(answer.header("Retry-After") == "1")
        let ring = try await active(.accessSigning, issuer).ringID
        #expect(
            issuer.log.text.contains(
                "by the ring \(ring): provider-unreachable: a device of this test has not answered"))
        #expect(try await signingKeysOfRecorded(issuer).count == 1)
        device.release()
        #expect(try await issuer.token(basic: "keeper").status == 200)
    }

    @Test("clients wait for five seconds unless it is said")
    func patience() throws {
        let configuration = try #require(AuthorizationServer.Configuration(issuer: Issuer.url))
        #expect(configuration.devicePatience == .seconds(5))
    }

    @Test("a device that is wrongly set up is no outage", arguments: [ProviderError.Code.denied, .keyMissing])
    func wrong(code: ProviderError.Code) async throws {
        let issuer = try await issuer()
        device.fail(code)
        #expect(try await issuer.token(basic: "keeper").error == "server_error")
    }

    @Test(
        "while a revoked key has no successor the client may come again",
        arguments: [KeyPurpose.accessSigning, .encryption])
    func bereft(purpose: KeyPurpose) async throws {
        let issuer = try await issuer()
        let old = try await active(purpose, issuer)
        device.fail(.unreachable)
        try await issuer.keys.revoke(kid: old.kid, actor: "test", reason: "lost")
        let answer = try await issuer.token(basic: "keeper")
        #expect(answer.status == 503 && answer.error == "temporarily_unavailable")
        #expect(answer.header("Retry-After") == "1")
        #expect(issuer.log.text.contains("the ring \(old.ringID) has no active version, as its key was revoked"))
        // Other APIs go on.
        #expect(try await issuer.token().status == 200)
        device.fail(nil)
        try await issuer.keys.tick()
        #expect(try await issuer.token(basic: "keeper").status == 200)
    }

    @Test("a ring that lost its key otherwise is a fault of ours")
    func lost() async throws {
        let issuer = try await issuer()
        let kid = try await active(.encryption, issuer).kid
        try await issuer.database.write { connection in
            try connection.execute("UPDATE key_version SET state = 'retired' WHERE kid = ?", [.text(kid)])
            try connection.noteChange(.keys)
        }
        #expect(try await issuer.token(basic: "keeper").error == "server_error")
    }

    @Test("a token whose key is revoked while the device signs is not handed out, but one of the next key")
    func revokedMeanwhile() async throws {
        let issuer = try await issuer()
        let old = try await active(.accessSigning, issuer).kid
        let answer = try await token(issuer) {
            try await issuer.keys.revoke(kid: old, actor: "test", reason: "leak")
        }
        #expect(answer.status == 200)
        let new = try await active(.accessSigning, issuer).kid
        #expect(new != old)
        #expect(try await signingKeysOfRecorded(issuer) == [new])
    }

    @Test("nor is one that the gateway would not open any more")
    func refusedMeanwhile() async throws {
        let refused = Mutex<TokenRecipe?>(nil)
        let issuer = try await issuer { recipe in refused.withLock { $0 != recipe } }
        let old = try await active(.accessSigning, issuer).kid
        let encryption = try await active(.encryption, issuer).kid
        // The gateway knows of it before this server does.
        let answer = try await token(issuer) {
            refused.withLock {
                $0 = TokenRecipe(
                    api: "vaulted", audience: "https://vaulted.example", signingKeyID: old, encryptionKeyID: encryption,
                    content: .a256GCM)
            }
        }
        #expect(answer.error == "temporarily_unavailable")
        #expect(try await signingKeysOfRecorded(issuer).isEmpty)
    }

    @Test("a token whose key is superseded while the device signs is good")
    func supersededMeanwhile() async throws {
        let issuer = try await issuer()
        let old = try await active(.accessSigning, issuer).kid
        let answer = try await token(issuer) { _ = try await issuer.keys.rotate(.all, actor: "test") }
        #expect(answer.status == 200)
        #expect(try await signingKeysOfRecorded(issuer) == [old])
    }

    @Test("a client that is disabled while the device signs gets nothing")
    func disabledMeanwhile() async throws {
        let issuer = try await issuer()
        let answer = try await token(issuer) {
            try await issuer.apply(Self.client.replacing("}}", with: "}, disabled: true}"))
        }
        #expect(answer.error == "invalid_client")
        #expect(try await signingKeysOfRecorded(issuer).isEmpty)
    }
}

extension String {
    fileprivate func replacing(_ text: String, with other: String) -> String {
        split(separator: text, omittingEmptySubsequences: false).joined(separator: other)
    }
}
