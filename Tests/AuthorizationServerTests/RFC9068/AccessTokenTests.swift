import HTTPTypes
import JOSE
import KeyManagement
import Monitoring
import Resources
import Store
import TestLogs
import Testing

@testable import AuthorizationServer

@Suite("RFC 9068 inside RFC 7516: access tokens")
struct AccessTokenTests {
    @Test("a token without a key for it is refused, never issued unencrypted")
    func noKey() async throws {
        let issuer = try await Issuer()
        let rings = try await issuer.keys.list().filter { $0.ring.owner == .api("orders") }
        #expect(!rings.isEmpty)
        try await issuer.database.write { connection in
            for version in rings {
                try connection.execute("UPDATE key_version SET state = 'retired' WHERE kid = ?", [.text(version.kid)])
            }
            try connection.noteChange(.keys)
        }
        let answer = try await issuer.token()
        #expect(answer.status == 503)
        #expect(answer.error == "server_error")
        #expect(answer.json["access_token"] == nil)
        #expect(issuer.log.text.contains("no encryption key for tokens of orders"))
    }

    @Test("the outer header says only alg, enc, kid, cty and epk; the claims are in none of the five parts")
    func outerForm() async throws {
        let issuer = try await Issuer()
        let token = try await issuer.grantedToken()
        let parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        #expect(parts.count == 5)
        let header = try JSONObject(parsing: Base64URL.decode(parts[0]))
        #expect(Set(header.names) == ["alg", "enc", "kid", "cty", "epk"])
        #expect(header["alg"] == "ECDH-ES")
        #expect(header["enc"] == "A256GCM")
        #expect(header["cty"] == "JWT")
        let text = parts.compactMap { try? String(decoding: Base64URL.decode($0), as: UTF8.self) }.joined()
        #expect(!text.contains("reporter"))
        #expect(!text.contains("orders.example"))
    }

    @Test("the claims are those of RFC 9068, each once and no more")
    func claims() async throws {
        let issuer = try await Issuer()
        let opened = try await issuer.open(issuer.grantedToken())
        let claims = try JSONObject(parsing: opened.claims.payload)
        #expect(Set(claims.names) == ["iss", "sub", "aud", "exp", "iat", "jti", "client_id", "scope"])
        let now = issuer.clock.now.seconds
        #expect(claims["iss"] == .string(Issuer.url))
        #expect(claims["sub"] == "reporter")
        #expect(claims["client_id"] == "reporter")
        #expect(claims["aud"] == "https://orders.example")
        #expect(claims["iat"] == .integer(now))
        #expect(claims["exp"] == .integer(now + 300))
        #expect(claims["scope"] == "orders.read orders.write")
        let jti = try #require(claims["jti"]?.stringValue)
        #expect(try Base64URL.decode(jti).count == 16)
    }

    @Test("two tokens never share jti or octets")
    func unique() async throws {
        let issuer = try await Issuer()
        var ids: Set<String> = []
        var texts: Set<String> = []
        for _ in 0..<20 {
            let token = try await issuer.grantedToken()
            texts.insert(token)
            ids.insert(try #require(try await issuer.open(token).claims.jwtID))
        }
        #expect(ids.count == 20)
        #expect(texts.count == 20)
    }

    @Test("the symmetric profile signs and encrypts with the API's own keys")
    func symmetric() async throws {
        let issuer = try await Issuer()
        let token = try await issuer.grantedToken([("resource", "https://ledger.example")], basic: "auditor")
        let header = try JSONObject(parsing: Base64URL.decode(String(token.prefix { $0 != "." })))
        #expect(header["alg"] == "A256KW")
        let opened = try await issuer.open(token, api: "ledger")
        #expect(opened.claims.subject == "auditor")
        let published = try await issuer.send(.get, "/oauth/jwks").body
        #expect(!published.contains(opened.signingKeyID))
        #expect(!published.contains(opened.encryptionKeyID))
    }

    @Test("after a rotation new tokens use the new keys at once, and tokens made before still open")
    func rotation() async throws {
        let issuer = try await Issuer()
        let before = try await issuer.grantedToken()
        let oldKey = try await issuer.open(before).encryptionKeyID
        _ = try await issuer.keys.rotate(.all, actor: "test")
        let after = try await issuer.grantedToken()
        #expect(try await issuer.open(after).encryptionKeyID != oldKey)
        #expect(try await issuer.open(before).encryptionKeyID == oldKey)
    }

    @Test("a token is recorded, by digest and sealed, before it is handed out")
    func recorded() async throws {
        let issuer = try await Issuer()
        let token = try await issuer.grantedToken()
        let rows = try await issuer.database.read { try $0.query("SELECT * FROM issued_token") }
        #expect(rows.count == 1)
        let row = try #require(rows.first)
        #expect(try row.blob("digest") == TokenDigest(issued: token).bytes)
        #expect(try row.text("api") == "orders")
        #expect(try row.text("client") == "reporter")
        let jti = try await issuer.open(token).claims.jwtID
        #expect(try row.text("jti") == jti)
        #expect(!String(decoding: try row.blob("subject"), as: UTF8.self).contains("reporter"))
        let found = try #require(try await issuer.server.tokens.find(TokenDigest(issued: token)))
        #expect(found.subject == "reporter")
    }
}
