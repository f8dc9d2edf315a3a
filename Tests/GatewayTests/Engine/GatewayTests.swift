import Glibc
import HTTPEngine
import JOSE
import KeyManagement
import Logging
import Monitoring
import Resources
import Store
import Testing

@testable import Gateway

/// The whole data path: store, snapshot, engine, upstream.
@Suite(.serialized) struct GatewayTests {
    private final class Rig: Sendable {
        let directory: String
        let database: SQLiteDatabase
        let keys: KeyStore
        let resources: ResourceStore
        let revocations: RevocationStore
        let gateway: Gateway
        let engine: Engine
        let upstream: TestUpstream
        let listener: TestSocket
        let port: UInt16
        let usage = UsageRecorder(loops: 1)

        init() async throws {
            directory = "/tmp/signet-gateway-\(UInt64.random(in: 0 ... .max))"
            mkdir(directory, 0o700)
            database = try SQLiteDatabase(path: directory + "/signet.db")
            try await Migrator.migrate(
                database, StoreMigrations.all)
            let root = try await InstalledRootKey.open(dataDirectory: directory, protection: .none, database: database)
                .key
            let sealer = try await Sealer(rootKey: root, database: database)
            keys = KeyStore(database: database, sealer: sealer, clock: .system)
            resources = ResourceStore(database: database, keyStore: keys, clock: .system)
            revocations = RevocationStore(database: database, clock: .system)
            upstream = try TestUpstream()
            gateway = Gateway(
                configuration: GatewayConfiguration(issuer: TestWorld.issuer, publicURL: "http://127.0.0.1:8080"),
                database: database, resources: resources, keys: keys, revocations: revocations, usage: usage,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try await gateway.start()
            (listener, port) = try TestSocket.listener(nonBlocking: true)
            engine = gateway.makeEngine(configuration: EngineConfiguration(), listeners: [listener.descriptor])
            try engine.start()
        }

        func apply(scopes: String = "[orders.read]") async throws {
            let yaml = """
                kind: API
                name: orders
                spec:
                  type: rest
                  audience: https://orders.example
                  scopes: [orders.read, orders.write]
                  upstreams: [{url: "http://127.0.0.1:\(upstream.port)"}]
                  routes:
                    - {path: {prefix: /orders}, scopes: \(scopes)}
                    - {path: {prefix: /orders/open}, access: public}
                ---
                kind: Client
                name: reporter
                spec: {grants: [client_credentials], auth: client_secret_basic, apis: {orders: [orders.read]}}
                """
            _ = try await resources.apply(
                ResourceParser.parse(yaml: yaml, file: "test.yaml"), prune: false, dryRun: false, actor: "test")
        }

        func token(jti: String = "token-1") async throws -> String {
            let api = try #require(try await resources.load().apis["orders"])
            let loaded = try await keys.load()
            let now = WallClock.system.now().seconds
            let claims = TestWorld.claims {
                $0["iat"] = .integer(now)
                $0["exp"] = .integer(now + 300)
                $0["jti"] = .string(jti)
            }
            return try NestedToken.seal(
                claims: claims.serialized(), signingKey: try #require(loaded.signingKey(api.signingRing)),
                encryptionKey: try #require(loaded.encryptionKey(api.encryptionRing)),
                contentEncryption: api.spec.token.content)
        }

        /// What a token would be made of now.
        func recipe() async throws -> TokenRecipe {
            let api = try #require(try await resources.load().apis["orders"])
            let loaded = try await keys.load()
            return TokenRecipe(
                api: "orders", audience: api.spec.audience,
                signingKeyID: try #require(loaded.signingKey(api.signingRing)?.kid),
                encryptionKeyID: try #require(loaded.encryptionKey(api.encryptionRing)?.kid),
                content: api.spec.token.content)
        }

        func get(_ path: String, _ token: String) throws -> String {
            let socket = try TestSocket.connect(port)
            defer { socket.close() }
            socket.write("GET \(path) HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n\r\n")
            return socket.message()
        }

        func stop() async throws {
            await engine.stop()
            await gateway.stop()
            upstream.stop()
            listener.close()
            try await database.close()
            for name in ["signet.db", "signet.db-wal", "signet.db-shm", "root.key"] { unlink(directory + "/" + name) }
            rmdir(directory)
        }
    }

    @Test func aChangeIsInForceWhenItsWriteReturns() async throws {
        let rig = try await Rig()
        #expect(try rig.get("/orders/1", "x").contains("route-not-found"))
        try await rig.apply()
        let token = try await rig.token()
        let answer = try rig.get("/orders/1?a=b", token)
        #expect(answer.hasPrefix("HTTP/1.1 200"))
        #expect(answer.contains("GET /orders/1?a=b HTTP/1.1"))
        #expect(answer.contains("X-Signet-Client: reporter"))
        // The upstream's answer has none.
        #expect(answer.contains("\r\nDate: "))
        #expect(!answer.contains(token) && !answer.contains("evil"))
        try await rig.apply(scopes: "[orders.write]")
        #expect(try rig.get("/orders/1", token).contains("scope-insufficient"))
        try await rig.stop()
    }

    @Test func aRotationKeepsOldTokensAndTakesNewOnes() async throws {
        let rig = try await Rig()
        try await rig.apply()
        let old = try await rig.token()
        _ = try await rig.keys.rotate(.all, actor: "test")
        let new = try await rig.token(jti: "token-2")
        #expect(old.prefix(120) != new.prefix(120))
        #expect(try rig.get("/orders", old).hasPrefix("HTTP/1.1 200"))
        #expect(try rig.get("/orders", new).hasPrefix("HTTP/1.1 200"))
        try await rig.stop()
    }

    @Test func theGatewayKnowsWhatItWouldOpen() async throws {
        let rig = try await Rig()
        try await rig.apply()
        let first = try await rig.recipe()
        #expect(rig.gateway.opens(first))
        _ = try await rig.keys.rotate(.all, actor: "test")
        let second = try await rig.recipe()
        #expect(first != second)
        #expect(rig.gateway.opens(first) && rig.gateway.opens(second))
        try await rig.keys.revoke(kid: second.signingKeyID, actor: "test", reason: "test")
        #expect(rig.gateway.opens(first) && !rig.gateway.opens(second))
        let other = TokenRecipe(
            api: "bills", audience: first.audience, signingKeyID: first.signingKeyID,
            encryptionKeyID: first.encryptionKeyID, content: first.content)
        #expect(!rig.gateway.opens(other))
        try await rig.stop()
    }

    @Test func aRevocationIsInForceAtOnceAndClosesOpenStreams() async throws {
        let rig = try await Rig()
        try await rig.apply()
        let token = try await rig.token()
        let other = try await rig.token(jti: "token-2")
        let stream = try TestSocket.connect(rig.port)
        stream.write("GET /orders/stream HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n\r\n")
        #expect(stream.read(until: "first").contains("200 OK"))
        let standing = try TestSocket.connect(rig.port)
        standing.write("GET /orders/stream HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(other)\r\n\r\n")
        #expect(standing.read(until: "first").contains("200 OK"))

        let started = ContinuousClock.now
        try await rig.revocations.revoke(
            Revocation(kind: .jti, value: "token-1", expiresAt: WallClock.system.now() + 600), actor: "test")
        #expect(try rig.get("/orders", token).contains("token-revoked"))
        #expect(try rig.get("/orders", other).hasPrefix("HTTP/1.1 200"))
        // A reset or at least no clean end: the last chunk must not come.
        var rest = ""
        while let more = stream.read(), !more.isEmpty { rest += more }
        #expect(ContinuousClock.now - started < .seconds(1))
        #expect(!rest.contains("0\r\n\r\n"))
        try await rig.stop()
    }

    @Test func aChangeThatCanNotBeReadClosesGuardedRoutesUntilItCan() async throws {
        let rig = try await Rig()
        try await rig.apply()
        let token = try await rig.token()
        #expect(try rig.get("/orders", token).hasPrefix("HTTP/1.1 200"))
        func rename(_ from: String, _ to: String) async throws {
            try await rig.database.write { connection in
                try connection.execute("ALTER TABLE \(from) RENAME TO \(to)")
                try connection.noteChange(.revocations)
            }
        }
        try await rename("revocation", "hidden")
        #expect(try rig.get("/orders", token).contains("keys-unavailable"))
        #expect(try rig.get("/orders/open", token).hasPrefix("HTTP/1.1 200"))
        try await rename("hidden", "revocation")
        #expect(try rig.get("/orders", token).hasPrefix("HTTP/1.1 200"))
        try await rig.stop()
    }

    @Test func revocationsAndApplicationsInParallelEndInWhatTheStoreHolds() async throws {
        let rig = try await Rig()
        try await rig.apply()
        let tokens = try await [rig.token(jti: "a"), rig.token(jti: "b"), rig.token(jti: "c"), rig.token(jti: "d")]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for jti in ["a", "b", "c"] {
                group.addTask {
                    try await rig.revocations.revoke(
                        Revocation(kind: .jti, value: jti, expiresAt: WallClock.system.now() + 600), actor: "test")
                }
            }
            for _ in 0..<3 { group.addTask { try await rig.apply() } }
            try await group.waitForAll()
        }
        for token in tokens.dropLast() { #expect(try rig.get("/orders", token).contains("token-revoked")) }
        #expect(try rig.get("/orders", tokens[3]).hasPrefix("HTTP/1.1 200"))
        try await rig.stop()
    }

    @Test func anUpstreamThatIsDownIsABadGatewayWithAnID() async throws {
        let rig = try await Rig()
        try await rig.apply()
        rig.upstream.stop()
        let answer = try rig.get("/orders", try await rig.token())
        #expect(answer.hasPrefix("HTTP/1.1 502"))
        #expect(answer.contains(#""code":"upstream-unreachable""#) && answer.contains(#""request_id":""#))
        try await rig.stop()
    }

    @Test func anAnswerToHeadHasNoBody() async throws {
        let rig = try await Rig()
        try await rig.apply()
        let socket = try TestSocket.connect(rig.port)
        socket.write("HEAD /orders HTTP/1.1\r\nHost: a\r\n\r\nGET /orders HTTP/1.1\r\nHost: a\r\n\r\n")
        let text = socket.read(until: "token-missing")
        #expect(text.components("HTTP/1.1 401").count == 2)
        #expect(text.components("\r\n\r\n").dropFirst().first?.hasPrefix("HTTP/1.1 401") == true)
        try await rig.stop()
    }

    @Test(arguments: [
        ("GET /orders HTTP/1.1\r\n\r\n", "400", "request-malformed"),
        (
            "GET /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "400",
            "request-malformed"
        ),
        (
            "GET /orders HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(String(repeating: "a", count: 65_536))\r\n\r\n",
            "431",
            "head-too-large"
        ),
        (
            "GET /orders HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(String(repeating: "a", count: 20_000))\r\n\r\n",
            "401",
            "token-invalid"
        ),
    ]) func whatTheEngineRefusesIsAProblemDocument(request: String, status: String, code: String) async throws {
        let rig = try await Rig()
        try await rig.apply()
        let socket = try TestSocket.connect(rig.port)
        socket.write(request)
        let answer = socket.message()
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
        #expect(answer.contains("application/problem+json") && answer.contains(#""code":"\#(code)""#))
        try await rig.stop()
    }

    @Test func refusalsReachTheLogWithTheRequestIDOfTheAnswer() async throws {
        let rig = try await Rig()
        try await rig.apply()
        let answer = try rig.get("/orders", "a.b.c.d.e")
        let record = try #require(rig.usage.refusals.take().records.first)
        #expect(answer.contains("X-Request-Id: \(record.requestID)"))
        #expect(record.code == "token-invalid")
        #expect(record.api == "orders")
        #expect(record.peer == "127.0.0.1")
        try await rig.stop()
    }
}

/// The tables that the gateway reads.
private enum StoreMigrations {
    static var all: [Migration] { KeyStore.migrations + ResourceStore.migrations }
}
