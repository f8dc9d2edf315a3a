import HTTPTypes
import JOSE
import KeyManagement
import Monitoring
import Resources
import Store
import Testing

@testable import AuthorizationServer

@Suite("RFC 8707: resource indicators")
struct ResourceIndicatorTests {
    private func post(_ issuer: Issuer, _ resources: [String], client: String = "poster") async throws -> Answer {
        let form = [
            ("grant_type", "client_credentials"), ("client_id", client), ("client_secret", issuer.secret(client)),
        ]
        return try await issuer.post("/oauth/token", form + resources.map { ("resource", $0) })
    }

    @Test(
        "a resource that is unknown, not the client's or only similar is invalid_target",
        arguments: [
            "https://nowhere.example", "https://orders.example/", "HTTPS://orders.example",
            "https://orders.example:443",
            "https://orders.example#x", "orders", "not a uri", "https://ord%65rs.example",
        ])
    func unknown(resource: String) async throws {
        let answer = try await post(Issuer(), [resource])
        #expect(answer.status == 400)
        #expect(answer.error == "invalid_target")
    }

    @Test("another client's API is answered like one that does not exist")
    func foreign() async throws {
        let issuer = try await Issuer()
        let foreign = try await issuer.token([("resource", "https://ledger.example")])
        let unknown = try await issuer.token([("resource", "https://nowhere.example")])
        #expect(foreign.error == "invalid_target")
        #expect(foreign.body == unknown.body)
    }

    @Test("several resources are invalid_target, even the same one twice")
    func several() async throws {
        let issuer = try await Issuer()
        for pair in [
            ["https://orders.example", "https://ledger.example"], ["https://orders.example", "https://orders.example"],
        ] {
            #expect(try await post(issuer, pair).error == "invalid_target")
        }
    }

    @Test("without resource the client's only API is meant; with several APIs it is invalid_target")
    func only() async throws {
        let issuer = try await Issuer()
        #expect(try await post(issuer, []).error == "invalid_target")
        let token = try await issuer.grantedToken()
        #expect(try await issuer.open(token).claims.audience == ["https://orders.example"])
    }

    @Test("the token is for the resource that was named, and for that alone")
    func named() async throws {
        let issuer = try await Issuer()
        let answer = try await post(issuer, ["https://ledger.example"])
        let token = try #require(answer.json["access_token"]?.stringValue)
        #expect(
            try await issuer.open(token, api: "ledger").claims.audience == ["https://ledger.example"])
        #expect(answer.json["expires_in"] == 600)
    }
}
