import JOSE
import KeyManagement
import Resources
import Store
import Testing

@testable import AuthorizationServer

@Suite("RFC 7662: introspection after a change of policy")
struct PolicyChangeTests {
    /// The API `orders` of ``Issuer/standard``, with changes.
    static func orders(
        audience: String = "https://orders.example", token: String = "{}",
        scopes: String = "[orders.read, orders.write]"
    ) -> String {
        """
        kind: API
        name: orders
        spec:
          type: rest
          audience: \(audience)
          scopes: \(scopes)
          token: \(token)
          introspectors: [auditor]
          upstreams: [{url: http://127.0.0.1:8082}]
          routes: [{path: {prefix: /orders}}]

        """
    }

    static func reporter(_ scopes: String) -> String {
        """
        kind: Client
        name: reporter
        spec: {grants: [client_credentials], auth: client_secret_basic, apis: {orders: \(scopes)}}

        """
    }

    @Test("a token of an earlier policy is active until it expires, one of a retired key is not")
    func earlierPolicy() async throws {
        let issuer = try await Issuer()
        try await issuer.apply(Self.orders(token: "{lifetime: 1h}"))
        let token = try await issuer.grantedToken()
        for policy in ["{profile: symmetric}", "{signing: ES384}", "{}"] {
            try await issuer.apply(Self.orders(token: policy))
            #expect(try await issuer.introspect(token, as: "auditor").json["active"] == true)
        }
        issuer.clock.advance(seconds: 3600)
        #expect(try await issuer.introspect(token, as: "auditor").json == ["active": false])
    }

    @Test("a token of which the API does not accept the keys is inactive, though the keys live on elsewhere")
    func foreignKeys() async throws {
        let issuer = try await Issuer()
        let ledger = try #require(try await issuer.resources.load().apis["ledger"])
        let keys = try await issuer.keys.load()
        let token = try await issuer.grantedToken()
        #expect(try await issuer.introspect(token, as: "auditor").json["active"] == true)
        let kid = try #require(keys.encryptionKey(ledger.encryptionRing)?.kid)
        _ = try await issuer.database.write {
            try $0.execute("UPDATE issued_token SET encryption_kid = ?", [.text(kid)])
        }
        #expect(try await issuer.introspect(token, as: "auditor").json == ["active": false])
    }

    @Test("a token of the API's old audience is inactive, whatever else changed")
    func audience() async throws {
        for token in ["{}", "{profile: symmetric}", "{curve: P-256}"] {
            let issuer = try await Issuer()
            let old = try await issuer.grantedToken()
            try await issuer.apply(Self.orders(audience: "https://moved.example", token: token))
            #expect(try await issuer.introspect(old, as: "auditor").json == ["active": false])
            let new = try await issuer.grantedToken()
            #expect(try await issuer.introspect(new, as: "auditor").json["aud"] == "https://moved.example")
        }
    }

    @Test("a scope that was taken away is not told, one that was given back is")
    func scopes() async throws {
        let issuer = try await Issuer()
        let token = try await issuer.grantedToken()
        try await issuer.apply(Self.reporter("[orders.write]"))
        #expect(try await issuer.introspect(token, as: "auditor").json["scope"] == "orders.write")
        try await issuer.apply(Self.reporter("[]"))
        let none = try await issuer.introspect(token, as: "auditor").json
        #expect(none["active"] == true && none["scope"] == nil)
        try await issuer.apply(Self.reporter("[orders.read, orders.write]"))
        #expect(try await issuer.introspect(token, as: "auditor").json["scope"] == "orders.read orders.write")
    }

    @Test("new tokens follow the new policy at once")
    func newTokens() async throws {
        let issuer = try await Issuer()
        try await issuer.apply(Self.orders(token: "{profile: symmetric, signing: HS512}"))
        #expect(try await issuer.open(issuer.grantedToken()).signatureAlgorithm == .hs512)
        try await issuer.apply(Self.orders(token: "{signing: Ed25519, encryption: RSA-OAEP-256}"))
        let opened = try await issuer.open(issuer.grantedToken())
        #expect(opened.signatureAlgorithm == .ed25519 && opened.encryptionAlgorithm == .rsaOAEP256)
    }
}
