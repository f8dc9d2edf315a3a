import JOSE
import RemoteJWKS
import Testing

/// The example of the documentation.
@Suite("The snippet of a remote key set")
struct RemoteSnippetTests {
    @Test("verifies, refuses, and tells an outage from a refusal")
    func outcomes() async throws {
        let (published, other) = (try Keys.make("a"), try Keys.make("b"))
        let claims: JSONObject = ["sub": "alice", "aud": "orders", "exp": 4_000_000_000]
        let server = try await KeyServer { _ in .answer(404) }
        server.publish(published)
        var configuration = RemoteJWKS.Configuration()
        configuration.allowedPrivateAddresses = ["127.0.0.0/8", "::1"]
        configuration.ports = [server.port...server.port]
        configuration.trustedAuthorities = try KeyServer.certificate("ca")
        let keys = try RemoteJWKS(url: server.url, configuration: configuration)
        let outcomes = await [
            try? verifyByRemoteKeySet(JWT.sign(claims: claims, key: SigningKey(published)), keys),
            try? verifyByRemoteKeySet(JWT.sign(claims: claims, key: SigningKey(other)), keys),
        ]
        #expect(outcomes == ["alice", "refused"])
        await keys.close()
        await server.close()
        let token = try JWT.sign(claims: claims, key: SigningKey(published))
        #expect(try await verifyByRemoteKeySet(token, keys) == "try again later")
    }
}
