import HTTPTypes
import JOSE
import KeyManagement
import Monitoring
import Resources
import Store
import Testing

@testable import AuthorizationServer

@Suite("RFC 6749 3.2, 4.4, 5: the token endpoint")
struct TokenRequestTests {
    @Test(
        "a request that is no single-valued form is refused",
        arguments: [
            ("application/json", "{}"), ("text/plain", "grant_type=client_credentials"),
            ("application/x-www-form-urlencoded", "grant_type=client_credentials&grant_type=client_credentials"),
            ("application/x-www-form-urlencoded", "grant_type=client_credentials&scope=a&scope=b"),
            ("application/x-www-form-urlencoded", "grant_type=%zz"),
            ("application/x-www-form-urlencoded", "grant_type=%ff"),
        ])
    func malformed(type: String, body: String) async throws {
        let issuer = try await Issuer()
        let basic = Issuer.basic("reporter", issuer.secret("reporter"))
        let answer = try await issuer.send(
            .post, "/oauth/token", headers: [.contentType: type, .authorization: basic], body: body)
        #expect(answer.status == 400)
        #expect(answer.error == "invalid_request")
    }

    @Test("a form over 64 KB is refused")
    func tooLong() async throws {
        let issuer = try await Issuer()
        let answer = try await issuer.token([("x", String(repeating: "a", count: 70_000))])
        #expect(answer.status == 413)
        #expect(answer.error == "invalid_request")
    }

    @Test("parameters in the query are refused, so that no secret gets into a URL")
    func query() async throws {
        let issuer = try await Issuer()
        let answer = try await issuer.post(
            "/oauth/token?client_secret=x", [("grant_type", "client_credentials")], basic: "reporter")
        #expect(answer.error == "invalid_request")
    }

    @Test("only POST is answered", arguments: [HTTPRequest.Method.get, .put, .delete, .head, .options])
    func methods(method: HTTPRequest.Method) async throws {
        for path in ["/oauth/token", "/oauth/introspect", "/oauth/revoke"] {
            let answer = try await Issuer().send(method, path)
            #expect(answer.status == 405)
            #expect(answer.headers[.allow] == "POST")
        }
    }

    @Test(
        "grant_type is required, known and the client's",
        arguments: [
            ("", "invalid_request"), ("authorization_code", "unsupported_grant_type"),
            ("password", "unsupported_grant_type"),
            ("refresh_token", "unsupported_grant_type"), ("CLIENT_CREDENTIALS", "unsupported_grant_type"),
            ("client_credentials ", "unsupported_grant_type"),
        ])
    func grantTypes(grant: String, error: String) async throws {
        let issuer = try await Issuer()
        let answer = try await issuer.post("/oauth/token", [("grant_type", grant)], basic: "reporter")
        #expect(answer.status == 400)
        #expect(answer.error == error)
        #expect(answer.header("Cache-Control") == "no-store")
        #expect(try await issuer.post("/oauth/token", [], basic: "reporter").error == "invalid_request")
    }

    @Test(
        "a scope beyond the client's grant, or no scope at all in form, is invalid_scope",
        arguments: [
            "orders.admin", "orders.read orders.admin", "ledger.read", " orders.read", "orders.read ",
            "orders.read  orders.write", "orders.read\"", "ORDERS.READ", "orders.read\\", "ördërs",
        ])
    func scopes(scope: String) async throws {
        let answer = try await Issuer().token([("scope", scope)])
        #expect(answer.status == 400)
        #expect(answer.error == "invalid_scope")
    }

    @Test("without scope all that is granted is given, with scope what was asked for, each once")
    func granted() async throws {
        let issuer = try await Issuer()
        #expect(try await issuer.token().json["scope"] == "orders.read orders.write")
        #expect(try await issuer.token([("scope", "")]).json["scope"] == "orders.read orders.write")
        #expect(try await issuer.token([("scope", "orders.write")]).json["scope"] == "orders.write")
        let twice = try await issuer.token([("scope", "orders.write orders.read orders.write")])
        #expect(twice.json["scope"] == "orders.write orders.read")
    }

    @Test("scopes that no gateway would read from one token are refused, not put into one")
    func tooManyScopes() async throws {
        let issuer = try await Issuer()
        let scopes = (10..<50).map { "\($0)" + String(repeating: "x", count: 118) }
        let list = "[\(scopes.joined(separator: ", "))]"
        try await issuer.apply(
            PolicyChangeTests.orders(scopes: "[orders.read, orders.write, " + list.dropFirst()) + "---\n"
                + PolicyChangeTests.reporter(list))
        #expect(try await issuer.token().error == "invalid_scope")
        let most = scopes.prefix(33).joined(separator: " ")
        #expect(most.utf8.count <= TokenPolicy.maximumScopeBytes)
        #expect(try await issuer.token([("scope", most)]).json["scope"] == .string(most))
        #expect(try await issuer.token([("scope", most + " " + scopes[33])]).error == "invalid_scope")
    }

    @Test("the answer is the JSON of section 5.1 and is not stored")
    func answer() async throws {
        let answer = try await Issuer().token()
        #expect(answer.status == 200)
        #expect(answer.header("Content-Type") == "application/json")
        #expect(answer.header("Cache-Control") == "no-store")
        #expect(answer.header("Pragma") == "no-cache")
        #expect(answer.header("Access-Control-Allow-Origin") == nil)
        #expect(answer.json["token_type"] == "Bearer")
        #expect(answer.json["expires_in"] == 300)
        #expect(answer.json["refresh_token"] == nil)
        #expect(
            answer.json["access_token"]?.stringValue?.split(separator: ".", omittingEmptySubsequences: false).count == 5
        )
    }

    @Test("parameters that the server does not know are ignored")
    func unknownParameters() async throws {
        #expect(try await Issuer().token([("nonsense", "1"), ("state", "x")]).status == 200)
    }

    @Test("refusals and tokens are counted")
    func metrics() async throws {
        let issuer = try await Issuer()
        _ = try await issuer.token()
        _ = try await issuer.token([("scope", "nope")])
        let text = issuer.registry.prometheusText()
        #expect(text.contains("signet_tokens_issued_total 1"))
        #expect(text.contains("signet_oauth_errors_total{endpoint=\"token\",error=\"invalid_scope\"} 1"))
    }
}
