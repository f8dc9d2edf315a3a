import JOSE
import KeyManagement
import Store
import Testing

@testable import Resources

@Suite("Applying documents")
struct ApplyTests {
    static let refused: [(String, String)] = [
        (
            Sample.client("reporter", apis: "orders: [orders.read]"),
            "f.yaml:6: spec.apis.orders: expected the name of an API, got orders, which does not exist"
        ),
        (
            Sample.api("orders") + "\n---\n" + Sample.client("reporter", apis: "orders: [orders.read, admin]"),
            "f.yaml:16: spec.apis.orders[1]: expected a scope of API orders, got admin"
        ),
        (
            Sample.api("orders", extra: "  introspectors: [nobody]"),
            "f.yaml:9: spec.introspectors[0]: expected the name of a client, got nobody, which does not exist"
        ),
        (
            Sample.api("a", path: "/x") + "\n---\n" + Sample.api("b", path: "/x"),
            "f.yaml:18: spec.routes[0]: expected a route of its own, got any host prefix /x, which API a has"
        ),
        (
            Sample.api("a") + "\n---\n"
                + Sample.api("b").replacing("https://b.example", with: "https://A.example:443/"),
            "f.yaml:15: spec.audience: expected an audience of its own, got https://A.example:443/, which API a has"
        ),
    ]

    @Test("refuses what does not fit together, with the line", arguments: refused)
    func refuses(yaml: String, fault: String) async throws {
        let sandbox = try await Sandbox()
        let errors = await failure(ResourceErrors.self) { try await sandbox.apply(yaml) }
        #expect(errors?.description == fault)
        #expect(try await sandbox.count("resource") == 0)
        #expect(try await sandbox.count("key_ring") == 0)
        #expect(try await sandbox.audit() == [])
    }

    static let routes: [(String, String, Bool)] = [
        ("{path: {prefix: /x}}", "{path: {prefix: /x}}", true),
        ("{path: {prefix: /x}}", "{path: {prefix: /x}, methods: [GET]}", true),
        ("{path: {prefix: /x}, methods: [GET]}", "{path: {prefix: /x}}", true),
        ("{path: {prefix: /x}, methods: [GET, PUT]}", "{path: {prefix: /x}, methods: [PUT]}", true),
        ("{path: {prefix: /x}, hosts: [a, b]}", "{path: {prefix: /x}, hosts: [B]}", true),
        ("{path: {exact: /x}}", "{path: {exact: /x}}", true),
        ("{path: {prefix: /x}, methods: [GET]}", "{path: {prefix: /x}, methods: [PUT]}", false),
        ("{path: {prefix: /x}, hosts: [a]}", "{path: {prefix: /x}, hosts: [b]}", false),
        ("{path: {prefix: /x}, hosts: [a]}", "{path: {prefix: /x}}", false),
        ("{path: {prefix: /x}, hosts: [\"*.a\"]}", "{path: {prefix: /x}, hosts: [b.a]}", false),
        ("{path: {prefix: /x}}", "{path: {exact: /x}}", false),
        ("{path: {prefix: /x}}", "{path: {prefix: /x/y}}", false),
        ("{path: {prefix: /x}}", "{path: {prefix: /X}}", false),
    ]

    @Test("refuses two routes for one host, path and method, and only these", arguments: routes, [false, true])
    func routeConflicts(routes: (String, String, Bool), inOneAPI: Bool) async throws {
        let sandbox = try await Sandbox()
        let (first, second, conflicts) = routes
        let yaml =
            inOneAPI
            ? Sample.api("a").replacing("[{path: {prefix: /a}}]", with: "[\(first), \(second)]")
            : Sample.api("a").replacing("{path: {prefix: /a}}", with: first) + "\n---\n"
                + Sample.api("b").replacing("{path: {prefix: /b}}", with: second)
        let errors = await failure(ResourceErrors.self) { try await sandbox.apply(yaml) }
        #expect((errors != nil) == conflicts)
        if conflicts {
            #expect(errors?.description.contains(inOneAPI ? "another route of this API has" : "API a has") == true)
        }
    }

    @Test("checks against what is stored, and blames the file")
    func againstStored() async throws {
        let sandbox = try await Sandbox()
        try await sandbox.apply(Sample.api("z", path: "/x"))
        let errors = await failure(ResourceErrors.self) { try await sandbox.apply(Sample.api("a", path: "/x")) }
        #expect(errors?.faults.map(\.location) == ["f.yaml:8"])
        #expect(errors?.description.hasSuffix("which API z has") == true)
    }

    @Test("refuses to break a client that no document names")
    func breaksOthers() async throws {
        let sandbox = try await Sandbox()
        try await sandbox.apply(Sample.demo)
        let narrowed = Sample.api("orders").replacing("orders.read, ", with: "")
        let errors = await failure(ResourceErrors.self) { try await sandbox.apply(narrowed) }
        #expect(
            errors?.description
                == "Client reporter: spec.apis.orders[0]: expected a scope of API orders, got orders.read")
    }

    @Test("makes rows, revisions, rings, a secret and audit rows in one transaction")
    func creates() async throws {
        let sandbox = try await Sandbox()
        let result = try await sandbox.apply(Sample.demo)
        #expect(
            result.changes.map { "\($0.key) \($0.action) \($0.revision ?? 0)" }
                == ["API orders created 1", "Client reporter created 1"])
        #expect(
            try await sandbox.keys.list().map(\.ringID).sorted()
                == ["api/orders/encryption/ECDH-ES/X25519", "issuer/access-signing/ES256"])
        #expect(
            try await sandbox.audit().filter { !$0.hasPrefix("key.create") } == [
                "resource.create API orders", "resource.create Client reporter", "client.secret Client reporter",
            ])
        let set = try await sandbox.resources.load()
        #expect(set.apis["orders"]?.spec.audience == "https://orders.example")
        #expect(set.api(audience: "https://orders.example")?.name == "orders")
        #expect(set.api(audience: "https://ORDERS.example") == nil)
        #expect(set.clients["reporter"]?.spec.scopes(at: "orders") == ["orders.read"])
    }

    @Test("shows a secret of 256 bits once, keeps its digest, and keeps the secret over later applies")
    func secrets() async throws {
        let sandbox = try await Sandbox()
        let first = try await sandbox.apply(Sample.demo)
        let secret = try #require(first.secrets.first)
        #expect(secret.client == "reporter")
        #expect(try Base64URL.decode(secret.revealed).count == 32)
        #expect("\(first)".contains(secret.revealed) == false)
        let digest = try #require(try await sandbox.resources.load().clients["reporter"]?.secretDigest)
        #expect(ClientSecrets.matches(Array(secret.revealed.utf8), digest: digest))
        #expect(!ClientSecrets.matches(Array((secret.revealed + "x").utf8), digest: digest))
        #expect(!ClientSecrets.matches([], digest: digest))

        let second = try await sandbox.apply(Sample.demo.replacing("client_secret_basic", with: "client_secret_post"))
        #expect(second.secrets.isEmpty)
        #expect(try await sandbox.resources.load().clients["reporter"]?.secretDigest == digest)

        let renewed = try await sandbox.resources.regenerateSecret("reporter", actor: "test")
        let newDigest = try await sandbox.resources.load().clients["reporter"]?.secretDigest
        #expect(newDigest != digest)
        #expect(ClientSecrets.matches(Array(renewed.revealed.utf8), digest: newDigest ?? []))
    }

    @Test("takes the secret away from a client that changes to keys")
    func secretToKeys() async throws {
        let sandbox = try await Sandbox()
        try await sandbox.apply(Sample.demo)
        let key = try JWK.generate(algorithm: "ES256", kid: "k1")
        let jwks = String(decoding: JWKSet([key]).serialized(), as: UTF8.self)
        let keyed =
            Sample.api("orders") + "\n---\n"
            + Sample.client(
                "reporter", apis: "orders: [orders.read]", auth: "private_key_jwt", extra: "  jwks: \(jwks)")
        try await sandbox.apply(keyed)
        let client = try #require(try await sandbox.resources.load().clients["reporter"])
        #expect(client.secretDigest == nil)
        #expect(client.spec.jwks?.keys.first?.kid == "k1")
        let error = await failure(ResourceError.self) {
            _ = try await sandbox.resources.regenerateSecret("reporter", actor: "test")
        }
        #expect(error?.code == .conflict)
        let again = try await sandbox.apply(keyed)
        #expect(again.changes.map(\.action) == [.unchanged, .unchanged])
    }

    @Test("makes no revision, no audit row and no news of what is the same")
    func unchanged() async throws {
        let sandbox = try await Sandbox()
        try await sandbox.apply(Sample.demo)
        let audit = try await sandbox.count("audit_log")
        let epoch = try await sandbox.database.read { try ChangeEpoch.current(on: $0) }
        let spelledOut = Sample.demo.replacing(
            "type: rest",
            with: "forward: claims\n  token: {profile: asymmetric, lifetime: 300s, curve: X25519}\n  type: rest")
        for yaml in [Sample.demo, spelledOut] {
            let result = try await sandbox.apply(yaml)
            #expect(result.changes.map(\.action) == [.unchanged, .unchanged])
            #expect(result.changes.map(\.revision) == [1, 1])
        }
        #expect(try await sandbox.count("resource_revision") == 2)
        #expect(try await sandbox.count("audit_log") == audit)
        #expect(try await sandbox.database.read { try ChangeEpoch.current(on: $0) } == epoch)
    }

    @Test("ensures new rings when the token policy changes, and keeps the old ones")
    func newRings() async throws {
        let sandbox = try await Sandbox()
        try await sandbox.apply(Sample.api("orders"))
        try await sandbox.apply(Sample.api("orders", extra: "  token: {profile: symmetric}\n  forward: jwt"))
        #expect(
            try await sandbox.keys.list().map(\.ringID).sorted() == [
                "api/orders/encryption/A256KW", "api/orders/encryption/ECDH-ES/X25519", "api/orders/mac/HS256",
                "issuer/access-signing/ES256", "issuer/forward-signing/ES256",
            ])
    }

    @Test("of a dry run tells the same and changes nothing")
    func dryRun() async throws {
        let sandbox = try await Sandbox()
        try await sandbox.apply(Sample.demo)
        let before = try await sandbox.count("audit_log")
        let yaml = Sample.api("orders", extra: "  forward: none") + "\n---\n" + Sample.api("new")
        let result = try await sandbox.apply(yaml, dryRun: true)
        #expect(result.isDryRun)
        #expect(result.changes.map { "\($0.key.name) \($0.action)" } == ["orders updated", "new created"])
        #expect(result.secrets.isEmpty)
        #expect(try await sandbox.count("audit_log") == before)
        #expect(try await sandbox.resources.load().apis.keys.sorted() == ["orders"])
        let refused = await failure(ResourceErrors.self) {
            try await sandbox.apply(Sample.client("x", apis: "none: []"), dryRun: true)
        }
        #expect(refused != nil)
    }

    @Test("with prune deletes what no document names, and revokes its tokens")
    func prune() async throws {
        let sandbox = try await Sandbox()
        try await sandbox.apply(Sample.demo + "\n---\n" + Sample.api("old"))
        let result = try await sandbox.apply(Sample.api("orders"), prune: true)
        #expect(
            result.changes.map { "\($0.key) \($0.action)" }
                == ["API orders unchanged", "API old deleted", "Client reporter deleted"])
        let index = try await sandbox.revocations.load()
        let second = sandbox.now.value.seconds
        #expect(index.contains(client: "reporter", issuedAt: second))
        #expect(!index.contains(client: "reporter", issuedAt: second + 1))
        #expect(index.contains(api: "old", issuedAt: second))
        #expect(try await sandbox.count("client_secret") == 0)

        let none = await failure(ResourceErrors.self) { try await sandbox.apply("", prune: true) }
        #expect(none?.description == "documents: expected at least one document with prune, got none")
    }

    @Test("goes on counting revisions after a deletion")
    func revisions() async throws {
        let sandbox = try await Sandbox()
        let key = ResourceKey(.api, "orders")
        try await sandbox.apply(Sample.api("orders"))
        try await sandbox.apply(Sample.api("orders", extra: "  forward: none"))
        _ = try await sandbox.resources.delete(key, actor: "test")
        let result = try await sandbox.apply(Sample.api("orders"))
        #expect(result.changes.map(\.revision) == [4])
        let revisions = try await sandbox.resources.revisions(key, limit: 10)
        #expect(revisions.map(\.revision) == [4, 3, 2, 1])
        #expect(revisions.map { $0.spec?["forward"]?.stringValue } == ["claims", nil, "none", "claims"])
        #expect(try await sandbox.resources.revisions(key, before: 3, limit: 1).map(\.revision) == [2])
        let unknown = await failure(ResourceError.self) {
            _ = try await sandbox.resources.revisions(ResourceKey(.api, "never"), limit: 1)
        }
        #expect(unknown?.code == .notFound)
    }

    @Test("of one resource refuses another revision than expected")
    func concurrency() async throws {
        let sandbox = try await Sandbox()
        try await sandbox.apply(Sample.api("orders"))
        let changed = try #require(
            try ResourceParser.parse(yaml: Sample.api("orders", extra: "  forward: none"), file: "f").first)
        for stale in [RevisionExpectation.absent, .revision(2)] {
            let error = await failure(ResourceError.self) {
                _ = try await sandbox.resources.put(changed, expecting: stale, actor: "test")
            }
            #expect(error?.code == .revisionMismatch)
        }
        _ = try await sandbox.resources.put(changed, expecting: .revision(1), actor: "test")
        let again = await failure(ResourceError.self) {
            _ = try await sandbox.resources.put(changed, expecting: .revision(1), actor: "test")
        }
        #expect(again?.code == .revisionMismatch)
        let gone = await failure(ResourceError.self) {
            _ = try await sandbox.resources.delete(ResourceKey(.api, "orders"), expecting: .revision(1), actor: "test")
        }
        #expect(gone?.code == .revisionMismatch)
    }

    @Test("does not delete what others refer to")
    func deleteInUse() async throws {
        let sandbox = try await Sandbox()
        try await sandbox.apply(Sample.demo)
        let error = await failure(ResourceError.self) {
            _ = try await sandbox.resources.delete(ResourceKey(.api, "orders"), actor: "test")
        }
        #expect(error?.description == "conflict: API orders is still in use: Client reporter: spec.apis.orders")
        let missing = await failure(ResourceError.self) {
            _ = try await sandbox.resources.delete(ResourceKey(.client, "nobody"), actor: "test")
        }
        #expect(missing?.code == .notFound)
        _ = try await sandbox.resources.delete(ResourceKey(.client, "reporter"), actor: "test")
        _ = try await sandbox.resources.delete(ResourceKey(.api, "orders"), actor: "test")
        #expect(try await sandbox.count("resource") == 0)
    }

    @Test("lets concurrent callers through one after the other")
    func concurrent() async throws {
        let sandbox = try await Sandbox()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<16 {
                group.addTask { try await sandbox.apply(Sample.api("api-\(index)")) }
                group.addTask { try await sandbox.apply(Sample.api("shared", extra: "  claims: [c\(index)]")) }
            }
            try await group.waitForAll()
        }
        let set = try await sandbox.resources.load()
        #expect(set.apis.count == 17)
        #expect(set.apis["shared"]?.revision == 16)
        #expect(try await sandbox.keys.list().count == 18)
    }
}
