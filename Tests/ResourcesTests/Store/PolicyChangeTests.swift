import JOSE
import KeyManagement
import Store
import Testing

@testable import Resources

@Suite("Changes of an API's token policy")
struct PolicyChangeTests {
    private func api(_ name: String = "orders", token: String) -> String {
        Sample.api(name, extra: "  token: \(token)")
    }

    /// The forms that an API accepts, the present one first.
    private func accepted(_ sandbox: Sandbox, _ name: String = "orders") async throws -> [TokenForm] {
        let api = try #require(try await sandbox.resources.load().apis[name])
        return APIStanding(api, keys: try await sandbox.keys.load()).keys.map(\.form)
    }

    private func states(_ sandbox: Sandbox, _ ring: String) async throws -> [KeyState] {
        try await sandbox.keys.list().filter { $0.ringID == ring }.map(\.state)
    }

    @Test(
        "the form before the change stays accepted until its tokens have expired",
        arguments: [
            "{signing: Ed25519}", "{curve: P-256}", "{encryption: A256KW}", "{content: A128GCM}",
            "{profile: symmetric}", "{lifetime: 1m}",
        ])
    func superseded(token: String) async throws {
        let sandbox = try await Sandbox()
        try await sandbox.apply(api(token: "{lifetime: 1h}"))
        let before = try await accepted(sandbox)
        #expect(before.count == 1)
        try await sandbox.apply(api(token: token))
        let after = try await accepted(sandbox)
        #expect(after.contains(before[0]))
        #expect(after.count == (token == "{lifetime: 1m}" ? 1 : 2))
        sandbox.now.advance(seconds: 3600 + 89)
        try await sandbox.keys.tick()
        #expect(try await accepted(sandbox) == after)
        sandbox.now.advance(seconds: 1)
        try await sandbox.keys.tick()
        #expect(try await accepted(sandbox) == [after[0]])
    }

    @Test("a shorter lifetime does not cut off the longer-lived tokens of before")
    func shorterLifetime() async throws {
        let sandbox = try await Sandbox()
        try await sandbox.apply(api(token: "{lifetime: 24h}"))
        try await sandbox.apply(api(token: "{lifetime: 1m}"))
        try await sandbox.apply(api(token: "{lifetime: 1m, signing: Ed25519}"))
        sandbox.now.advance(seconds: 86_400)
        try await sandbox.keys.tick()
        #expect(try await accepted(sandbox).map(\.signing.algorithm) == ["Ed25519", "ES256"])
        #expect(try await states(sandbox, "issuer/access-signing/ES256") == [.retiring])
        sandbox.now.advance(seconds: 90)
        try await sandbox.keys.tick()
        #expect(try await accepted(sandbox).map(\.signing.algorithm) == ["Ed25519"])
        #expect(try await states(sandbox, "issuer/access-signing/ES256") == [.retired])
    }

    @Test("an API accepts no signature of another API's ring")
    func othersRings() async throws {
        let sandbox = try await Sandbox()
        try await sandbox.apply(api("a", token: "{}") + "\n---\n" + api("b", token: "{signing: ES384}"))
        #expect(try await accepted(sandbox, "a").map(\.signing.algorithm) == ["ES256"])
        #expect(try await accepted(sandbox, "b").map(\.signing.algorithm) == ["ES384"])
        let resource = try #require(try await sandbox.resources.load().apis["a"])
        let keys = APIStanding(resource, keys: try await sandbox.keys.load()).keys
        #expect(keys.flatMap { $0.verification.keys.map(\.algorithm) } == [.es256])
    }

    @Test("rings that no API needs any more are superseded, those of another API stay")
    func unusedRings() async throws {
        let sandbox = try await Sandbox()
        try await sandbox.apply(api("a", token: "{}") + "\n---\n" + api("b", token: "{}"))
        try await sandbox.apply(api("a", token: "{profile: symmetric}"))
        #expect(try await states(sandbox, "issuer/access-signing/ES256") == [.active])
        #expect(try await states(sandbox, "api/a/encryption/ECDH-ES/X25519") == [.retiring])
        _ = try await sandbox.resources.delete(ResourceKey(.api, "b"), actor: "test")
        #expect(try await states(sandbox, "issuer/access-signing/ES256") == [.retiring])
        #expect(try await states(sandbox, "api/b/encryption/ECDH-ES/X25519") == [.retiring])
        try await sandbox.apply(api("a", token: "{}"))
        #expect(try await states(sandbox, "issuer/access-signing/ES256") == [.retiring, .active])
        #expect(try await states(sandbox, "api/a/mac/HS256") == [.retiring])
    }

    @Test("the ring of forwarded tokens goes with the last API that asks for it")
    func forwardRing() async throws {
        let sandbox = try await Sandbox()
        try await sandbox.apply(Sample.api("a", extra: "  forward: jwt"))
        #expect(try await states(sandbox, "issuer/forward-signing/ES256") == [.active])
        try await sandbox.apply(Sample.api("a"))
        #expect(try await states(sandbox, "issuer/forward-signing/ES256") == [.retiring])
        #expect(try await states(sandbox, "issuer/access-signing/ES256") == [.active])
        sandbox.now.advance(seconds: 60 + 90)
        try await sandbox.keys.tick()
        #expect(try await states(sandbox, "issuer/forward-signing/ES256") == [.retired])
    }

    @Test("what changes nothing about tokens supersedes nothing")
    func otherChanges() async throws {
        let sandbox = try await Sandbox()
        try await sandbox.apply(api(token: "{}"))
        let keys = try await sandbox.keys.list()
        try await sandbox.apply(Sample.api("orders", path: "/elsewhere", extra: "  claims: [jti]"))
        #expect(try await sandbox.keys.list() == keys)
        #expect(try await sandbox.count("superseded_form") == 0)
    }
}
