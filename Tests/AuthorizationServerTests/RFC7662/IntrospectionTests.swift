import HTTPTypes
import JOSE
import KeyManagement
import Monitoring
import Resources
import Store
import Testing

@testable import AuthorizationServer

@Suite("RFC 7662: introspection")
struct IntrospectionTests {
    @Test("without a client there is no answer, and token is required")
    func authentication() async throws {
        let issuer = try await Issuer()
        let token = try await issuer.grantedToken()
        #expect(try await issuer.post("/oauth/introspect", [("token", token)]).status == 401)
        let empty = try await issuer.post("/oauth/introspect", [], basic: "auditor")
        #expect(empty.status == 400)
        #expect(empty.error == "invalid_request")
    }

    @Test("what is no token of this server is inactive and tells no more")
    func unknown() async throws {
        let issuer = try await Issuer()
        let token = try await issuer.grantedToken()
        let parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        var texts = ["x", "a.b.c", "a.b.c.d.e", "....", token + "=", token + ".", " " + token, "Bearer " + token]
        texts += [parts.dropLast().joined(separator: "."), String(repeating: "a", count: 20_000)]
        for index in 0..<5 {
            var changed = parts
            changed[index] = String(changed[index].dropLast()) + (changed[index].hasSuffix("A") ? "B" : "A")
            texts.append(changed.joined(separator: "."))
        }
        for text in texts {
            let answer = try await issuer.introspect(text, as: "auditor")
            #expect(answer.status == 200)
            #expect(answer.body == "{\"active\":false}", "\(text)")
        }
    }

    @Test("a stranger to the API learns nothing, not even that the token exists")
    func strangers() async throws {
        let issuer = try await Issuer()
        let token = try await issuer.grantedToken()
        for stranger in ["reader"] {
            let known = try await issuer.introspect(token, as: stranger)
            let unknown = try await issuer.introspect("x", as: stranger)
            #expect(known.body == "{\"active\":false}")
            #expect(known.body == unknown.body)
        }
    }

    @Test("an introspector of one API is a stranger to another")
    func otherAPI() async throws {
        let issuer = try await Issuer()
        let form = [
            ("client_id", "poster"), ("client_secret", issuer.secret("poster")), ("resource", "https://ledger.example"),
        ]
        let answer = try await issuer.token(form, basic: nil)
        let token = try #require(answer.json["access_token"]?.stringValue)
        #expect(try await issuer.introspect(token, as: "auditor").body == "{\"active\":false}")
    }

    @Test("the API's introspector gets the full answer")
    func full() async throws {
        let issuer = try await Issuer()
        let token = try await issuer.grantedToken([("scope", "orders.read")])
        let answer = try await issuer.introspect(token, as: "auditor")
        #expect(answer.header("Content-Type") == "application/json")
        #expect(answer.header("Cache-Control") == "no-store")
        let body = try #require(answer.json.objectValue)
        let now = issuer.clock.now.seconds
        #expect(body["active"] == true)
        #expect(body["iss"] == .string(Issuer.url))
        #expect(body["sub"] == "reporter")
        #expect(body["client_id"] == "reporter")
        #expect(body["aud"] == "https://orders.example")
        #expect(body["scope"] == "orders.read")
        #expect(body["exp"] == .integer(now + 300))
        #expect(body["iat"] == .integer(now))
        #expect(body["token_type"] == "Bearer")
        #expect(try await body["jti"]?.stringValue == issuer.open(token).claims.jwtID)
        #expect(body.count == 10)
        let hinted = try await issuer.post(
            "/oauth/introspect", [("token", token), ("token_type_hint", "refresh_token")], basic: "auditor")
        #expect(hinted.json == answer.json)
    }

    @Test("the token's own client learns active and exp alone")
    func own() async throws {
        let issuer = try await Issuer()
        let token = try await issuer.grantedToken()
        let answer = try await issuer.introspect(token, as: "reporter")
        #expect(answer.json == ["active": true, "exp": .integer(issuer.clock.now.seconds + 300)])
    }

    @Test("an expired token is inactive from its second on")
    func expired() async throws {
        let issuer = try await Issuer()
        let token = try await issuer.grantedToken()
        issuer.clock.advance(seconds: 299)
        #expect(try await issuer.introspect(token, as: "auditor").json["active"] == true)
        issuer.clock.advance(seconds: 1)
        #expect(try await issuer.introspect(token, as: "auditor").body == "{\"active\":false}")
    }

    @Test("a token of a revoked jti, client, subject, API or key is inactive", arguments: Revocation.Kind.allCases)
    func revoked(kind: Revocation.Kind) async throws {
        let issuer = try await Issuer()
        let token = try await issuer.grantedToken()
        let opened = try await issuer.open(token)
        let value: String
        switch kind {
        case .jti: value = try #require(opened.claims.jwtID)
        case .subject, .client: value = "reporter"
        case .api: value = "orders"
        case .kid: value = opened.encryptionKeyID
        case .family: return
        }
        let revocation = Revocation(kind: kind, value: value, expiresAt: issuer.clock.now + 600)
        try await issuer.revocations.revoke(revocation, actor: "test")
        #expect(try await issuer.introspect(token, as: "auditor").body == "{\"active\":false}")
    }

    @Test("a token of a disabled or deleted client, or one that lost the API, is inactive at once")
    func client() async throws {
        let issuer = try await Issuer()
        let changes = [
            "apis: {orders: [orders.read]}, disabled: true", "apis: {ledger: [ledger.read]}",
        ]
        for change in changes {
            let name = "client-\(change.utf8.count)"
            let document =
                "kind: Client\nname: \(name)\nspec: {grants: [client_credentials], auth: client_secret_basic, "
            try await issuer.apply(document + "apis: {orders: [orders.read]}}\n")
            let token = try await issuer.grantedToken(basic: name)
            #expect(try await issuer.introspect(token, as: "auditor").json["active"] == true)
            try await issuer.apply(document + change + "}\n")
            #expect(try await issuer.introspect(token, as: "auditor").body == "{\"active\":false}")
        }
        let token = try await issuer.grantedToken()
        _ = try await issuer.resources.delete(ResourceKey(.client, "reporter"), actor: "test")
        #expect(try await issuer.introspect(token, as: "auditor").body == "{\"active\":false}")
    }

    @Test("a token of a revoked key is inactive")
    func key() async throws {
        let issuer = try await Issuer()
        let token = try await issuer.grantedToken()
        let kid = try await issuer.open(token).signingKeyID
        try await issuer.keys.revoke(kid: kid, actor: "test", reason: "test")
        #expect(try await issuer.introspect(token, as: "auditor").body == "{\"active\":false}")
        #expect(try await issuer.introspect(issuer.grantedToken(), as: "auditor").json["active"] == true)
    }

    @Test("a disabled introspector gets no answer")
    func disabledIntrospector() async throws {
        let issuer = try await Issuer()
        let token = try await issuer.grantedToken()
        let secret = issuer.secret("auditor")
        try await issuer.apply(
            """
            kind: Client
            name: auditor
            spec: {grants: [client_credentials], auth: client_secret_basic, apis: {ledger: [ledger.read]}, disabled: true}
            """)
        let answer = try await issuer.post(
            "/oauth/introspect", [("token", token)], headers: [.authorization: Issuer.basic("auditor", secret)])
        #expect(answer.status == 401)
    }
}
