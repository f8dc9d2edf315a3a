import HTTPTypes
import JOSE
import KeyManagement
import Monitoring
import Resources
import Store
import Synchronization
import Testing

@testable import AuthorizationServer

@Suite("RFC 7009: revocation")
struct RevocationTests {
    private func revoke(_ issuer: Issuer, _ token: String, as client: String = "reporter") async throws -> Answer {
        try await issuer.post("/oauth/revoke", [("token", token)], basic: client)
    }

    @Test("without a client, or without token, it is refused")
    func refused() async throws {
        let issuer = try await Issuer()
        let token = try await issuer.grantedToken()
        #expect(try await issuer.post("/oauth/revoke", [("token", token)]).status == 401)
        #expect(try await issuer.post("/oauth/revoke", [], basic: "reporter").error == "invalid_request")
        #expect(try await issuer.introspect(token, as: "auditor").json["active"] == true)
    }

    @Test("another client's token is refused and stays good")
    func foreign() async throws {
        let issuer = try await Issuer()
        let token = try await issuer.grantedToken()
        for client in ["reader", "auditor"] {
            let answer = try await revoke(issuer, token, as: client)
            #expect(answer.status == 400)
            #expect(answer.error == "invalid_grant")
        }
        #expect(try await issuer.introspect(token, as: "auditor").json["active"] == true)
    }

    @Test(
        "an unknown token is answered with 200 and nothing is written",
        arguments: ["x", "a.b.c.d.e", "eyJ.AA.AA.AA.AA"])
    func unknown(text: String) async throws {
        let issuer = try await Issuer()
        let answer = try await revoke(issuer, text)
        #expect(answer.status == 200)
        #expect(answer.body.isEmpty)
        #expect(try await issuer.revocations.load().isEmpty)
    }

    @Test("a text that only looks like the token revokes nothing")
    func lookalike() async throws {
        let issuer = try await Issuer()
        let token = try await issuer.grantedToken()
        for text in [token + "=", token + "\u{20}", token.replacing("-", with: "+") + "+"] {
            #expect(try await revoke(issuer, text).status == 200)
        }
        #expect(try await issuer.introspect(token, as: "auditor").json["active"] == true)
    }

    @Test("when the answer comes, the revocation is on the disk and every observer has seen it")
    func inForce() async throws {
        let seen = Mutex<[String]>([])
        let issuer = try await Issuer(beforeStart: { database in
            // Stands for a gateway, which registers before the authorization server.
            await database.observeChanges { change in
                guard change.topics.contains(.revocations) else { return }
                try? await Task.sleep(for: .milliseconds(100))
                seen.withLock { $0.append("gateway") }
            }
        })
        let token = try await issuer.grantedToken()
        let jti = try #require(try await issuer.open(token).claims.jwtID)
        let answer = try await revoke(issuer, token)
        #expect(answer.status == 200)
        #expect(seen.withLock { $0 } == ["gateway"])
        #expect(try await issuer.revocations.load().contains(jti: jti))
        #expect(try await issuer.introspect(token, as: "auditor").body == "{\"active\":false}")
        let audit = try await issuer.database.read { try AuditLog.page(limit: 1, on: $0) }
        #expect(audit.first?.entry.action == "revocation.add")
        #expect(audit.first?.entry.actor == "client reporter")
    }

    @Test("revoking twice is answered with 200 and written once")
    func twice() async throws {
        let issuer = try await Issuer()
        let token = try await issuer.grantedToken()
        for _ in 0..<2 { #expect(try await revoke(issuer, token).status == 200) }
        #expect(try await issuer.revocations.records(limit: 10).count == 1)
    }

    @Test("one token is revoked, not its sisters; the hint does not matter")
    func one() async throws {
        let issuer = try await Issuer()
        let tokens = [try await issuer.grantedToken(), try await issuer.grantedToken()]
        let form = [("token", tokens[0]), ("token_type_hint", "refresh_token")]
        #expect(try await issuer.post("/oauth/revoke", form, basic: "reporter").status == 200)
        #expect(try await issuer.introspect(tokens[0], as: "auditor").json["active"] == false)
        #expect(try await issuer.introspect(tokens[1], as: "auditor").json["active"] == true)
    }

    @Test("an expired token needs no revocation")
    func expired() async throws {
        let issuer = try await Issuer()
        let token = try await issuer.grantedToken()
        issuer.clock.advance(seconds: 331)
        #expect(try await revoke(issuer, token).status == 200)
        #expect(try await issuer.revocations.load().isEmpty)
    }
}
