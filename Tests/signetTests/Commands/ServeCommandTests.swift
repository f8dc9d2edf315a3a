import Foundation
import JOSE
import Testing

@Suite("signet serve", .serialized)
struct ServeCommandTests {
    static let resources = """
        kind: API
        name: orders
        spec:
          type: rest
          audience: https://orders.example
          scopes: [orders.read]
          upstreams: [{url: http://127.0.0.1:9}]
          routes: [{path: {prefix: /orders}, scopes: [orders.read]}]
        ---
        kind: Client
        name: reporter
        spec: {grants: [client_credentials], auth: client_secret_basic, apis: {orders: [orders.read]}}
        """

    @Test(
        "A wrong configuration leaves with status 78 and names file and line",
        arguments: [
            ("foo: 1", "signet.yaml:1: foo: unknown field"),
            ("listeners:\n  gateway: {address: 0.0.0.0:0}", "signet.yaml:2: listeners.gateway.address"),
            ("store: {url: postgres://a}", "signet.yaml:1: store.url"), ("a: [", "signet.yaml:2: expected YAML"),
        ])
    func wrongConfiguration(yaml: String, expected: String) throws {
        let scratch = try Scratch()
        let config = try scratch.file("signet.yaml", yaml)
        let result = try Program.run(["serve", "--config", config, "--data", scratch.path("data")])
        #expect(result.status == 78)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains(expected), "\(result.errors)")
    }

    @Test("A configuration file that isn't there leaves with status 78")
    func missingConfiguration() throws {
        #expect(try Program.run(["serve", "--config", "/does/not/exist"]).status == 78)
    }

    @Test(
        "It prints its addresses and nothing secret, keeps its files to its owner, and ends well on SIGTERM",
        arguments: [SIGTERM, SIGINT])
    func lifeAndEnd(signal: Int32) async throws {
        let server = try RunningServer()
        #expect(server.output == "listening gateway \(server.gateway)\nlistening control \(server.control)\n")
        #expect(await server.status(server.control + "/healthz") == 200)
        #expect(await server.status(server.control + "/readyz") == 200)
        #expect(await server.status(server.control + "/metrics") == 200)
        #expect(await server.status(server.gateway + "/nothing") == 404)
        for name in try FileManager.default.contentsOfDirectory(atPath: server.scratch.path("data")) {
            let path = server.scratch.path("data/\(name)")
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode.map { $0 & 0o077 } == 0, "\(name)")
        }
        for name in ["admin.token", "setup.code"] {
            let secret = try String(contentsOfFile: server.scratch.path("data/\(name)"), encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(secret.count >= 20)
            #expect(!(server.output + server.errors).contains(secret))
        }
        #expect(server.stop(signal) == 0)
        #expect(await server.status(server.control + "/healthz") == nil)
    }

    @Test("A second server on the same data, or on the same port, is refused")
    func oneServerPerDirectory() async throws {
        let server = try RunningServer()
        let again = try Program.run(
            ["serve", "--config", server.scratch.path("signet.yaml"), "--data", server.scratch.path("data")])
        #expect(again.status == 78)
        #expect(again.errors.contains("uses the data directory"))
        let port = server.gateway.dropFirst("http://".count)
        let other = try Scratch()
        let config = try other.file(
            "other.yaml", "listeners: {gateway: {address: \"\(port)\"}, control: {address: 127.0.0.1:0}}")
        let taken = try Program.run(["serve", "--config", config, "--data", other.path("data")])
        #expect(taken.status == 78)
        #expect(taken.errors.contains("listeners.gateway.address"))
        #expect(server.stop() == 0)
    }

    @Test("While it drains, a call under way is finished and new ones are refused at once")
    func drain() async throws {
        let server = try RunningServer()
        let echo = try RunningEcho()
        let file = try server.scratch.file(
            "public.yaml",
            """
            kind: API
            name: open
            spec:
              type: rest
              audience: https://open.example
              upstreams: [{url: "\(echo.url)"}]
              routes: [{path: {prefix: /open}, access: public}]
            """)
        let applied = try server.command(["apply", "-f", file])
        try #require(applied.status == 0, "\(applied.errors)")
        let gateway = server.gateway
        async let slow = RunningServer.status(gateway + "/open?delay=1500")
        try await Task.sleep(for: .milliseconds(400))
        kill(server.processID, SIGTERM)
        try await Task.sleep(for: .milliseconds(400))
        let start = ContinuousClock.now
        #expect(await server.status(server.gateway + "/open") == nil)
        #expect(ContinuousClock.now - start < .seconds(1))
        #expect(await slow == 200)
        #expect(server.wait() == 0)
        echo.stop()
    }

    @Test("A killed worker is back on the same sockets, and no connection is refused meanwhile")
    func workerIsReplaced() async throws {
        let server = try RunningServer()
        let first = try #require(server.worker)
        let clock = ContinuousClock()
        let time = try await clock.measure {
            kill(first, SIGKILL)
            // The connection waits in the kernel's queue until the next worker takes it.
            let status = await server.status(server.gateway + "/nothing")
            #expect(status == 404 || status == nil)
            while await server.status(server.gateway + "/nothing") != 404 {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        let second = try #require(server.worker)
        #expect(second != first)
        // The promise is 200 ms; the bound leaves room for a machine that is busy with other tests.
        #expect(time < .seconds(3))
        #expect(server.errors.contains("the worker ended by signal 9; starting another in 0 ms"))
        #expect(server.stop() == 0)
    }

    @Test("No worker outlives its supervisor")
    func noOrphans() async throws {
        let server = try RunningServer()
        let worker = try #require(server.worker)
        #expect(server.stop(SIGKILL) == -SIGKILL)
        for _ in 0..<100 where RunningServer.isAlive(worker) { try await Task.sleep(for: .milliseconds(20)) }
        #expect(!RunningServer.isAlive(worker))
        // And the directory is free for the next one, with everything in it.
        let next = try RunningServer(scratch: server.scratch)
        #expect(next.stop() == 0)
    }

    @Test("The processes keep no core files and can't be looked into by others of the same user")
    func hardening() throws {
        let server = try RunningServer()
        for process in [server.processID, try #require(server.worker)] {
            let limits = try String(contentsOfFile: "/proc/\(process)/limits", encoding: .utf8)
            let core = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
            #expect(core.split(separator: " ").filter { $0 == "0" }.count == 2, "\(core)")
            let arguments = try String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)
            #expect(!arguments.contains("token"))
        }
        #expect(server.stop() == 0)
    }

    @Test("Resources are applied, tokens made, keys rotated and revoked by commands alone")
    func commands() throws {
        let server = try RunningServer()
        let file = try server.scratch.file("resources.yaml", Self.resources)
        let secrets = server.scratch.path("data/demo/client.json")
        let dry = try server.command(["apply", "-f", file, "--dry-run"])
        #expect(dry.text == "API orders created\nClient reporter created\nnothing was changed: --dry-run\n")
        let applied = try server.command(["apply", "-f", file, "--secrets-to", secrets])
        #expect(applied.status == 0, "\(applied.errors)")
        #expect(applied.text.contains("API orders created (revision 1)"))
        let mode = try FileManager.default.attributesOfItem(atPath: secrets)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let credentials = try JSONValue(parsing: Array(try Data(contentsOf: URL(fileURLWithPath: secrets))))
        let secret = try #require(credentials["clients"]?.arrayValue?.first?["client_secret"]?.stringValue)
        #expect(!applied.text.contains(secret))
        #expect(
            credentials["clients"]?.arrayValue == [
                [
                    "client_id": "reporter", "client_secret": .string(secret), "auth": "client_secret_basic",
                ]
            ])
        #expect(credentials["server"]?.stringValue == server.control)

        let token = try Program.run(["token", "--data", server.scratch.path("data")])
        #expect(token.status == 0, "\(token.errors)")
        #expect(token.text.split(separator: ".", omittingEmptySubsequences: false).count == 5)
        #expect(token.text.split(separator: "\n").count == 1)

        let again = try server.command(["apply", "-f", file, "--secrets-to", secrets])
        #expect(again.text.contains("Client reporter unchanged"))
        let exported = try server.command(["export"])
        #expect(exported.status == 0)
        #expect(!exported.text.contains(secret))
        let back = try server.command(["apply", "-f", "-", "--prune"], input: exported.output)
        #expect(
            back.text == "API orders unchanged (revision 1)\nClient reporter unchanged (revision 1)\n", "\(back.errors)"
        )

        let before = try server.command(["keys", "list", "--json"]).json?["items"]?.arrayValue ?? []
        #expect(before.count == 2)
        let ring = try #require(before.first?["ring"]?.stringValue)
        let rotated = try server.command(["keys", "rotate", ring])
        #expect(rotated.status == 0, "\(rotated.errors)")
        let after = try server.command(["keys", "list", "--json"]).json?["items"]?.arrayValue ?? []
        #expect(after.count == 3)
        let kid = try #require(before.first?["kid"]?.stringValue)
        let revoked = try server.command(["keys", "revoke", kid, "--reason", "a test"])
        #expect(revoked.status == 0, "\(revoked.errors)")
        #expect(revoked.text == "revoked \(kid)\n")
        let last = try #require(after.last?["kid"]?.stringValue)
        let asJSON = try server.command(["keys", "revoke", last, "--json"])
        #expect(asJSON.json == ["kid": .string(last), "state": "revoked"], "\(asJSON.text)")
        #expect(try server.command(["keys", "revoke", "no-such-kid"]).status == 1)
        #expect(try server.command(["keys", "rotate", "no/such/ring"]).status == 1)
        #expect(server.stop() == 0)
    }

    @Test("What the server refuses has its status: credentials 77, documents 65 with their line, scopes 1")
    func refusals() throws {
        let server = try RunningServer()
        let wrong = try server.scratch.file("wrong", "not-the-token-not-the-token-not-the-token")
        let denied = try server.command(["export", "--admin-token-file", wrong])
        #expect(denied.status == 77)
        #expect(try server.command(["export", "--admin-token-file", "/does/not/exist"]).status == 77)
        let malformed = try server.scratch.file("malformed.yaml", "kind: API\nname: a\nspec:\n  typ: rest\n")
        let parsed = try server.command(["apply", "-f", malformed])
        #expect(parsed.status == 65)
        #expect(parsed.errors.contains("malformed.yaml:4: spec.typ"), "\(parsed.errors)")
        let dangling = try server.scratch.file(
            "dangling.yaml",
            "kind: Client\nname: c\nspec:\n  grants: [client_credentials]\n  auth: client_secret_basic\n  apis: {none: [a]}\n"
        )
        let checked = try server.command(["apply", "-f", dangling])
        #expect(checked.status == 65)
        #expect(checked.errors.contains("dangling.yaml:6"), "\(checked.errors)")
        for (path, place) in [(malformed, "malformed.yaml:4"), (dangling, "dangling.yaml:6")] {
            let error = try server.command(["apply", "-f", path, "--json"]).json?["error"]
            let faults = error?["errors"]?.arrayValue ?? []
            #expect(faults.contains { $0["location"]?.stringValue?.hasSuffix(place) == true }, "\(faults)")
            #expect(error?["reason"]?.stringValue?.contains("\n") == false)
        }
        let file = try server.scratch.file("resources.yaml", Self.resources)
        _ = try server.command(["apply", "-f", file, "--secrets-to", server.scratch.path("data/demo/client.json")])
        let scope = try server.command(["token", "--scope", "orders.write"])
        #expect(scope.status == 1)
        #expect(scope.errors.hasPrefix("refused: invalid_scope: "), "\(scope.errors)")
        #expect(scope.output.isEmpty)
        let secret = try server.scratch.file("secret", "wrong-secret")
        let unknown = try server.command(["token", "--client", "reporter", "--secret-file", secret])
        #expect(unknown.status == 77)
        #expect(unknown.errors.contains("client_secret_basic") && unknown.errors.contains("--auth"))
        let whole = server.scratch.path("data/demo/client.json")
        let mistaken = try server.command(["token", "--client", "reporter", "--secret-file", whole])
        #expect(mistaken.status == 65)
        #expect(mistaken.errors.contains("--credentials"), "\(mistaken.errors)")
        #expect(server.stop() == 0)
        #expect(try server.command(["export"]).status == 69)
        #expect(try server.command(["token"]).status == 69)
        #expect(try Program.run(["token", "--data", "/does/not/exist"]).status == 77)
    }

    @Test("A client with a key gets a token by private_key_jwt")
    func privateKey() throws {
        let server = try RunningServer()
        let desk = try Desk()
        let key = try desk.key("ES256", "client-key")
        let half = try Program.run(["jwk", "public", key]).text
        let documents = Self.resources.replacingOccurrences(
            of: "auth: client_secret_basic, apis:", with: "auth: private_key_jwt, jwks: {keys: [\(half)]}, apis:")
        let file = try server.scratch.file("resources.yaml", documents)
        let applied = try server.command(["apply", "-f", file])
        #expect(applied.status == 0, "\(applied.errors)")
        let token = try server.command([
            "token", "--client", "reporter", "--key", key, "--resource", "https://orders.example",
        ])
        #expect(token.status == 0, "\(token.errors)")
        let other = try desk.key("ES256", "other")
        #expect(try server.command(["token", "--client", "reporter", "--key", other]).status == 77)
        #expect(server.stop() == 0)
    }
}
