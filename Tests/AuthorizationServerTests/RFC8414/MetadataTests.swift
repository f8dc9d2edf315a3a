import HTTPTypes
import JOSE
import KeyManagement
import Monitoring
import Resources
import Store
import Testing

@testable import AuthorizationServer

@Suite("RFC 8414 and RFC 7517: metadata and key sets")
struct MetadataTests {
    @Test(
        "an issuer that is no origin is refused",
        arguments: [
            "", "as.example", "https://as.example/", "https://as.example/x", "https://as.example?x",
            "https://as.example#x",
            "ftp://as.example", "https://", "https://u@as.example",
        ])
    func issuers(issuer: String) {
        #expect(AuthorizationServer.Configuration(issuer: issuer) == nil)
        #expect(AuthorizationServer.Configuration(issuer: "http://127.0.0.1:8081") != nil)
    }

    @Test("the document says what this server does and no more")
    func document() async throws {
        let answer = try await Issuer().send(.get, "/.well-known/oauth-authorization-server")
        #expect(answer.status == 200)
        #expect(answer.header("Content-Type") == "application/json")
        #expect(answer.header("Cache-Control") == "public, max-age=600")
        #expect(answer.header("Access-Control-Allow-Origin") == "*")
        let metadata = try #require(answer.json.objectValue)
        #expect(metadata["issuer"] == .string(Issuer.url))
        #expect(metadata["token_endpoint"] == "https://as.example/oauth/token")
        #expect(metadata["jwks_uri"] == "https://as.example/oauth/jwks")
        #expect(metadata["introspection_endpoint"] == "https://as.example/oauth/introspect")
        #expect(metadata["revocation_endpoint"] == "https://as.example/oauth/revoke")
        #expect(metadata["grant_types_supported"] == ["client_credentials"])
        #expect(metadata["response_types_supported"] == [])
        for endpoint in ["token", "introspection", "revocation"] {
            #expect(
                metadata["\(endpoint)_endpoint_auth_methods_supported"]
                    == ["client_secret_basic", "client_secret_post", "private_key_jwt"])
            let algorithms = metadata["\(endpoint)_endpoint_auth_signing_alg_values_supported"]?.arrayValue ?? []
            #expect(algorithms.contains("ES256"))
            #expect(!algorithms.contains { $0.stringValue?.hasPrefix("HS") ?? true || $0 == "none" })
        }
        #expect(metadata["authorization_endpoint"] == nil)
        #expect(metadata["registration_endpoint"] == nil)
        #expect(metadata.count == 13)
    }

    @Test("every address in the document is answered, from the issuer on")
    func addresses() async throws {
        let issuer = try await Issuer()
        let metadata = try await issuer.send(.get, "/.well-known/oauth-authorization-server").json
        for name in ["token_endpoint", "introspection_endpoint", "revocation_endpoint"] {
            let url = try #require(metadata[name]?.stringValue)
            #expect(try await issuer.send(.post, String(url.dropFirst(Issuer.url.count))).status != 404)
        }
        let keys = try #require(metadata["jwks_uri"]?.stringValue)
        #expect(try await issuer.send(.get, String(keys.dropFirst(Issuer.url.count))).status == 200)
    }

    @Test("nobody keeps the key sets for an hour of the server's clock after a key in them was revoked")
    func revoked() async throws {
        let issuer = try await Issuer()
        let ring = try #require(try await issuer.resources.load().apis["orders"]).signingRing
        _ = try await issuer.keys.rotate(
            .ring(ring.id), actor: "test", mode: .emergency(reason: "test", record: { _, _ in }))
        for (seconds, kept) in [(0, false), (3599, false), (1, true)] as [(Int64, Bool)] {
            issuer.clock.advance(seconds: seconds)
            for path in ["/oauth/jwks", "/oauth/jwks/forward"] {
                let answer = try await issuer.send(.get, path)
                #expect(answer.header("Cache-Control") == (kept ? "public, max-age=600" : "no-store"))
            }
        }
    }

    @Test(
        "the key set has the public signature keys of access tokens, and nothing private, symmetric or for encryption")
    func keySet() async throws {
        let issuer = try await Issuer()
        let answer = try await issuer.send(.get, "/oauth/jwks")
        #expect(answer.status == 200)
        #expect(answer.header("Content-Type") == "application/jwk-set+json")
        #expect(answer.header("Cache-Control") == "public, max-age=600")
        #expect(answer.header("Access-Control-Allow-Origin") == "*")
        let keys = try #require(answer.json["keys"]?.arrayValue)
        #expect(keys.count == 1)
        for key in keys {
            #expect(key["use"] == "sig")
            #expect(key["kty"] == "EC")
            for secret in ["d", "k", "p", "q"] { #expect(key[secret] == nil) }
        }
        let token = try await issuer.open(issuer.grantedToken())
        #expect(keys.contains { $0["kid"]?.stringValue == token.signingKeyID })
        #expect(!keys.contains { $0["kid"]?.stringValue == token.encryptionKeyID })
    }

    @Test("the entity tag stays while the keys do and changes with them")
    func entityTag() async throws {
        let issuer = try await Issuer()
        let first = try await issuer.send(.get, "/oauth/jwks")
        let tag = try #require(first.headers[.eTag])
        let again = try await issuer.send(.get, "/oauth/jwks", headers: [.ifNoneMatch: tag])
        #expect(again.status == 304)
        #expect(again.body.isEmpty)
        _ = try await issuer.keys.rotate(.all, actor: "test")
        let after = try await issuer.send(.get, "/oauth/jwks", headers: [.ifNoneMatch: tag])
        #expect(after.status == 200)
        #expect(after.headers[.eTag] != tag)
        #expect(after.json["keys"]?.arrayValue?.count == 2)
    }

    @Test("the keys of forwarded tokens are in a set of their own")
    func forward() async throws {
        let issuer = try await Issuer()
        #expect(try await issuer.send(.get, "/oauth/jwks/forward").json == ["keys": []])
        try await issuer.apply(
            """
            kind: API
            name: relay
            spec:
              type: rest
              audience: https://relay.example
              forward: jwt
              upstreams: [{url: http://127.0.0.1:8083}]
              routes: [{path: {prefix: /relay}}]
            """)
        let forward = try await issuer.send(.get, "/oauth/jwks/forward").json["keys"]?.arrayValue ?? []
        #expect(forward.count == 1)
        let access = try await issuer.send(.get, "/oauth/jwks").json["keys"]?.arrayValue ?? []
        #expect(!access.contains { $0["kid"] == forward.first?["kid"] })
    }

    @Test("HEAD is answered like GET without the body")
    func head() async throws {
        let issuer = try await Issuer()
        for path in ["/oauth/jwks", "/.well-known/oauth-authorization-server"] {
            let get = try await issuer.send(.get, path)
            let head = try await issuer.send(.head, path)
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
            #expect(head.headers[.eTag] == get.headers[.eTag])
            #expect(head.headers[.contentLength] == get.headers[.contentLength])
        }
    }

    @Test(
        "what this server can't do yet is not there",
        arguments: [
            "/.well-known/openid-configuration", "/oauth/authorize", "/oauth/userinfo", "/oauth/register", "/oauth/par",
        ])
    func absent(path: String) async throws {
        #expect(try await Issuer().send(.get, path).status == 404)
    }
}
