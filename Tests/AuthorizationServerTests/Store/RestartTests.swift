import ControlHTTP
import KeyManagement
import Monitoring
import Resources
import Store
import TestLogs
import Testing

@testable import AuthorizationServer

@Suite("What survives a restart, and what follows changes")
struct RestartTests {
    /// A second server on the same store, as after a restart.
    private func restarted(_ issuer: Issuer) async throws -> AuthorizationServer {
        let root = try RootKeyFile.open(dataDirectory: issuer.folder, passphrase: nil, mayCreate: false)
        let database = try SQLiteDatabase(path: issuer.folder + "/signet.db")
        let clock = issuer.clock.wallClock
        let sealer = try await Sealer(rootKey: root, database: database, clock: clock)
        let configuration = try #require(AuthorizationServer.Configuration(issuer: Issuer.url))
        let server = AuthorizationServer(
            configuration: configuration, database: database,
            keys: KeyStore(database: database, sealer: sealer, clock: clock),
            revocations: RevocationStore(database: database, clock: clock), sealer: sealer, clock: clock,
            metrics: MetricsRegistry(), logger: issuer.log.logger)
        try await server.start()
        return server
    }

    @Test("a server that has not started answers 503 and is not ready")
    func notStarted() async throws {
        let issuer = try await Issuer()
        let server = AuthorizationServer(
            configuration: try #require(AuthorizationServer.Configuration(issuer: Issuer.url)),
            database: issuer.database, keys: issuer.keys, revocations: issuer.revocations,
            sealer: try await Sealer(
                rootKey: RootKeyFile.open(dataDirectory: issuer.folder, passphrase: nil, mayCreate: false),
                database: issuer.database),
            clock: issuer.clock.wallClock, metrics: MetricsRegistry(), logger: issuer.log.logger)
        #expect(!server.isReady)
        #expect(issuer.server.isReady)
    }

    @Test("issued tokens, revocations and used assertions are known to the next process")
    func remembered() async throws {
        let issuer = try await Issuer()
        let token = try await issuer.grantedToken()
        let given = try await issuer.grantedToken()
        #expect(try await issuer.post("/oauth/revoke", [("token", given)], basic: "reporter").status == 200)
        try await issuer.database.close()

        let server = try await restarted(issuer)
        let snapshot = try #require(server.cell.current)
        let found = try #require(try await server.tokens.find(TokenDigest(issued: token)))
        #expect(try snapshot.scope(of: found) != nil)
        let revoked = try #require(try await server.tokens.find(TokenDigest(issued: given)))
        #expect(try snapshot.scope(of: revoked) == nil)
    }

    @Test("while a change can't be loaded nothing is granted or vouched for; it is logged and made up for later")
    func stale() async throws {
        let issuer = try await Issuer()
        let token = try await issuer.grantedToken()
        try await issuer.database.write { connection in
            try connection.execute("ALTER TABLE resource RENAME TO resource_away")
            try connection.noteChange(.resources)
        }
        #expect(issuer.server.cell.isStale)
        #expect(!issuer.server.isReady)
        #expect(issuer.log.text.contains("could not load a change"))
        for refused in [try await issuer.token(), try await issuer.introspect(token, as: "reporter")] {
            #expect(refused.status == 503)
            #expect(refused.error == "temporarily_unavailable")
            #expect(refused.header("Retry-After") == "1")
        }
        #expect(try await issuer.post("/oauth/revoke", [("token", token)], basic: "reporter").status == 200)
        #expect(issuer.server.cell.isStale)
        try await issuer.database.write { connection in
            try connection.execute("ALTER TABLE resource_away RENAME TO resource")
            try connection.noteChange(.revocations)
        }
        #expect(!issuer.server.cell.isStale)
        #expect(issuer.server.isReady)
        #expect(try await issuer.token().status == 200)
    }

    @Test("a load that began earlier never replaces one that began later")
    func order() throws {
        let cell = LoadedCell<IssuerSnapshot>()
        let (first, second) = (cell.begin(), cell.begin())
        let empty = IssuerSnapshot(resources: ResourceSet(), keys: LoadedKeys(), revocations: RevocationIndex())
        cell.install(empty, begun: second)
        cell.markStale(begun: second)
        cell.install(empty, begun: first)
        #expect(cell.isStale)
        cell.install(empty, begun: cell.begin())
        #expect(!cell.isStale)
    }

    @Test("a load that began before the one that failed does not pass for up to date")
    func beganBefore() throws {
        let cell = LoadedCell<IssuerSnapshot>()
        let (repair, change) = (cell.begin(), cell.begin())
        let empty = IssuerSnapshot(resources: ResourceSet(), keys: LoadedKeys(), revocations: RevocationIndex())
        cell.markStale(begun: change)
        cell.install(empty, begun: repair)
        #expect(cell.current != nil)
        #expect(cell.upToDate == nil)
        cell.install(empty, begun: cell.begin())
        #expect(cell.upToDate != nil)
    }
}
