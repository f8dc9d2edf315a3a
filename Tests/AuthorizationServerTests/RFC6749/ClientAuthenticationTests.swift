import HTTPTypes
import JOSE
import KeyManagement
import Monitoring
import Resources
import Store
import TestLogs
import Testing

@testable import AuthorizationServer

@Suite("RFC 6749 2.3: client authentication")
struct ClientAuthenticationTests {
    private let grant = [("grant_type", "client_credentials")]

    @Test("unknown client, wrong secret, wrong way and disabled client are told apart by nobody")
    func indistinguishable() async throws {
        let issuer = try await Issuer()
        let right = issuer.secret("reporter")
        let attempts: [(String, String)] = [
            ("nobody", right), ("reporter", "wrong"), ("reporter", right + "x"), ("reporter", String(right.dropLast())),
            ("poster", issuer.secret("poster")), ("retired", issuer.secret("retired")), ("Reporter", right),
            ("reporter\u{301}", right), ("nobody", "none"),
        ]
        var bodies: Set<String> = []
        for (id, secret) in attempts {
            let answer = try await issuer.post(
                "/oauth/token", grant, headers: [.authorization: Issuer.basic(id, secret)])
            #expect(answer.status == 401, "\(id)")
            #expect(answer.error == "invalid_client")
            #expect(answer.header("WWW-Authenticate")?.hasPrefix("Basic realm=") == true)
            bodies.insert(answer.body)
        }
        #expect(bodies.count == 1)
    }

    @Test(
        "a Basic field that can't be read is refused",
        arguments: [
            "Basic", "Basic ", "Basic !!!!", "Basic cmVwb3J0ZXI", "Basic cmVwb3J0ZXI=", "Basic cmVwb3J0ZXI6eA",
            "Basic cmVwb3J0ZXI6eA= =", "Basic cmVwb3J0ZXI6eB==", "Basic OnNlY3JldA==", "Basic cmVwb3J0ZXI6",
            "Basic cmVwb3J0ZXI6JXp6", "Basic cmVwb3J0ZXI6/w==", "Bearer abc", "Digest x", "basic", "",
        ])
    func unreadable(field: String) async throws {
        let issuer = try await Issuer()
        let answer = try await issuer.post("/oauth/token", grant, headers: [.authorization: field])
        #expect(answer.status == 401)
        #expect(answer.error == "invalid_client")
    }

    @Test("two credentials in one request are refused, even when both are right")
    func twoWays() async throws {
        let issuer = try await Issuer()
        let both = try await issuer.post(
            "/oauth/token", grant + [("client_id", "reporter"), ("client_secret", issuer.secret("reporter"))],
            basic: "reporter")
        #expect(both.status == 400)
        #expect(both.error == "invalid_request")
        let assertion = [
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", "a.b.c"),
        ]
        #expect(try await issuer.post("/oauth/token", grant + assertion, basic: "reporter").error == "invalid_request")
        let post = [("client_id", "poster"), ("client_secret", issuer.secret("poster"))]
        #expect(try await issuer.post("/oauth/token", grant + assertion + post).error == "invalid_request")
        var twice = HTTPFields()
        for _ in 0..<2 {
            let value = Issuer.basic("reporter", issuer.secret("reporter"))
            twice.append(HTTPField(name: .authorization, value: value))
        }
        #expect(try await issuer.post("/oauth/token", grant, headers: twice).error == "invalid_request")
    }

    @Test("a request without a credential, or with half of one, is refused")
    func missing() async throws {
        let issuer = try await Issuer()
        for form in [
            [], [("client_id", "poster")], [("client_secret", "x")], [("client_id", "poster"), ("client_secret", "")],
            [("client_id", ""), ("client_secret", issuer.secret("poster"))],
        ] {
            let answer = try await issuer.post("/oauth/token", grant + form)
            #expect(answer.status == 401)
            #expect(answer.error == "invalid_client")
        }
    }

    @Test("client_id beside Basic must be the same client")
    func contradiction() async throws {
        let issuer = try await Issuer()
        #expect(try await issuer.token([("client_id", "reader")]).error == "invalid_request")
        #expect(try await issuer.token([("client_id", "reporter")]).status == 200)
    }

    @Test("a client registered for one way may not use another")
    func wrongWay() async throws {
        let issuer = try await Issuer()
        let byPost = try await issuer.post(
            "/oauth/token", grant + [("client_id", "reporter"), ("client_secret", issuer.secret("reporter"))])
        #expect(byPost.error == "invalid_client")
        let orders = [("resource", "https://orders.example")]
        #expect(try await issuer.token(orders, basic: "poster").error == "invalid_client")
        let right = try await issuer.post(
            "/oauth/token", grant + orders + [("client_id", "poster"), ("client_secret", issuer.secret("poster"))])
        #expect(right.status == 200)
    }

    @Test("id and secret of Basic are form-urlencoded inside, and the scheme's case does not matter")
    func encoded() async throws {
        let issuer = try await Issuer()
        let octets = "%72eporter:" + issuer.secret("reporter").map { "\($0)" }.joined()
        let field = "bAsIc " + Issuer.base64(Array(octets.utf8))
        #expect(try await issuer.post("/oauth/token", grant, headers: [.authorization: field]).status == 200)
    }

    @Test("a new secret takes the place of the old one at once")
    func regenerated() async throws {
        let issuer = try await Issuer()
        let old = issuer.secret("reporter")
        let new = try await issuer.resources.regenerateSecret("reporter", actor: "test").revealed
        let byOld = try await issuer.post(
            "/oauth/token", grant, headers: [.authorization: Issuer.basic("reporter", old)])
        #expect(byOld.status == 401)
        let byNew = try await issuer.post(
            "/oauth/token", grant, headers: [.authorization: Issuer.basic("reporter", new)])
        #expect(byNew.status == 200)
    }

    @Test("no secret, assertion or token is logged, and the reason of a refusal is")
    func logs() async throws {
        let issuer = try await Issuer()
        let token = try await issuer.grantedToken()
        _ = try await issuer.post(
            "/oauth/token", grant, headers: [.authorization: Issuer.basic("reporter", "wrong-secret")])
        _ = try await issuer.post(
            "/oauth/token", grant + [("client_id", "stranger-7"), ("client_secret", "wrong-secret")])
        _ = try await issuer.introspect(token, as: "auditor")
        let log = issuer.log.text
        #expect(log.contains("reason=wrong secret of reporter"))
        for secret in ["wrong-secret", "stranger-7", token, issuer.secret("reporter"), issuer.secret("auditor")] {
            #expect(!log.contains(secret))
        }
    }
}
