import JOSE
import Resources
import Store
import Testing

@testable import AuthorizationServer

@Suite("The authorization server over the real listener", .timeLimit(.minutes(1)))
struct LiveTests {
    private static func json(_ response: String) -> JSONValue {
        guard let end = response.firstRange(of: "\r\n\r\n") else { return nil }
        return (try? JSONValue(parsing: String(response[end.upperBound...]))) ?? nil
    }

    @Test("another server's Host is refused, whatever the credentials")
    func host() async throws {
        let issuer = try await Issuer()
        try await issuer.serve { port in
            let text = try await Issuer.exchange(
                port, "GET /oauth/jwks HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
            #expect(text.hasPrefix("HTTP/1.1 421 "))
        }
    }

    @Test("a token is got, introspected, revoked, and then inactive")
    func wholeStory() async throws {
        let issuer = try await Issuer()
        try await issuer.serve { port in
            let granted = try await issuer.postLive(
                port, "/oauth/token", [("grant_type", "client_credentials")], basic: "reporter")
            #expect(granted.hasPrefix("HTTP/1.1 200 "))
            let token = try #require(Self.json(granted)["access_token"]?.stringValue)
            let form = [("token", token)]
            let before = try await issuer.postLive(port, "/oauth/introspect", form, basic: "auditor")
            #expect(Self.json(before)["active"] == true)
            let revoked = try await issuer.postLive(port, "/oauth/revoke", form, basic: "reporter")
            #expect(revoked.hasPrefix("HTTP/1.1 200 "))
            let after = try await issuer.postLive(port, "/oauth/introspect", form, basic: "auditor")
            #expect(Self.json(after) == ["active": false])
        }
    }

    @Test("fifty clients at once each get a token of their own")
    func concurrent() async throws {
        let issuer = try await Issuer()
        try await issuer.serve { port in
            let tokens = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        let text = try await issuer.postLive(
                            port, "/oauth/token", [("grant_type", "client_credentials")], basic: "reporter")
                        return Self.json(text)["access_token"]?.stringValue ?? text
                    }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(tokens.count == 50)
            for token in tokens.prefix(5) {
                let opened = try await issuer.open(token)
                #expect(opened.claims.clientID == "reporter")
            }
        }
    }
}
