import HTTPTypes
import JOSE
import KeyManagement
import Monitoring
import Resources
import Store
import TestLogs
import Testing

@testable import AuthorizationServer

@Suite("Purging")
struct PurgeTests {
    private func count(_ issuer: Issuer) async throws -> Int {
        try await issuer.database.read { try $0.query("SELECT digest FROM issued_token") }.count
    }

    @Test("rows of living tokens stay, rows of expired ones go after the slack")
    func expired() async throws {
        let issuer = try await Issuer()
        _ = try await issuer.grantedToken()
        issuer.clock.advance(seconds: 200)
        let young = try await issuer.grantedToken()
        issuer.clock.advance(seconds: 100 + IssuedTokens.slack - 1)
        await issuer.server.purge()
        #expect(try await count(issuer) == 2)
        issuer.clock.advance(seconds: 1)
        await issuer.server.purge()
        #expect(try await count(issuer) == 1)
        #expect(try await issuer.server.tokens.find(TokenDigest(issued: young)) != nil)
        #expect(issuer.registry.prometheusText().contains("signet_issued_tokens_purged_total 1"))
    }

    @Test("a store that is closed is logged and not fatal")
    func closed() async throws {
        let issuer = try await Issuer()
        try await issuer.database.close()
        await issuer.server.purge()
        #expect(issuer.log.text.contains("expired rows could not be purged"))
        let answer = try await issuer.token()
        #expect(answer.status == 503)
        #expect(answer.error == "server_error")
        #expect(!answer.body.contains("closed"))
    }
}
