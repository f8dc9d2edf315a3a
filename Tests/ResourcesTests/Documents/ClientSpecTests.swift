import JOSE
import Problems
import Testing

@testable import Resources

@Suite("The spec of a client")
struct ClientSpecTests {
    /// The spec's fields in one flow mapping on line 3, and the fault that follows.
    static let refused: [(String, String)] = [
        ("{}", "spec.grants: expected this field, which is required"),
        (
            "{grants: [], auth: client_secret_basic, apis: {}}",
            "spec.grants: expected at least one grant"
        ),
        (
            "{grants: [authorization_code], auth: client_secret_basic, apis: {}}",
            "spec.grants[0]: expected client_credentials, got authorization_code: it is not supported yet"
        ),
        (
            "{grants: [password], auth: client_secret_basic, apis: {}}",
            "spec.grants[0]: expected client_credentials, got password: OAuth 2.1 has removed it"
        ),
        (
            "{grants: [client_credentials], auth: none, apis: {}}",
            "spec.auth: \(auth), got none: public clients are not supported yet"
        ),
        (
            "{grants: [client_credentials], auth: client_secret_jwt, apis: {}}",
            "spec.auth: \(auth), got client_secret_jwt: a shared secret may not sign; use private_key_jwt"
        ),
        (
            "{grants: [client_credentials], auth: private_key_jwt, apis: {}}",
            "spec: expected either jwks or jwks_uri with auth: private_key_jwt"
        ),
        (
            "{grants: [client_credentials], auth: client_secret_basic, apis: {}, jwks: {keys: []}}",
            "spec.jwks.keys: expected at least one public key"
        ),
        (
            "{grants: [client_credentials], auth: client_secret_basic, apis: [orders]}",
            "spec.apis: expected a mapping, got a list"
        ),
        (
            "{grants: [client_credentials], auth: client_secret_basic, apis: {Orders: []}}",
            "spec.apis.Orders: expected the name of an API as key: \(ResourceName.expected)"
        ),
        (
            "{grants: [client_credentials], auth: client_secret_basic, apis: {orders: [a, a]}}",
            "spec.apis.orders[1]: expected each item once, got \"a\" again"
        ),
        (
            "{grants: [client_credentials], auth: client_secret_basic, apis: {}, secret: hunter2}",
            "spec.secret: expected no secret: it is made by the server and shown once"
        ),
        (
            "{grants: [client_credentials], auth: private_key_jwt, apis: {}, jwks_uri: http://a/jwks}",
            "spec.jwks_uri: expected an https URL such as https://client.example/jwks"
        ),
        (
            "{grants: [client_credentials], auth: private_key_jwt, apis: {}, jwks_uri: 'file:///etc/passwd'}",
            "spec.jwks_uri: expected an https URL such as https://client.example/jwks"
        ),
        (
            "{grants: [client_credentials], auth: private_key_jwt, apis: {}, jwks_uri: 'https://me:hunter2@a/jwks'}",
            "spec.jwks_uri: expected a URL without user and fragment"
        ),
        (
            "{grants: [client_credentials], auth: client_secret_basic, apis: {}, jwks_uri: https://a/jwks}",
            "spec.jwks_uri: expected jwks_uri only with auth: private_key_jwt"
        ),
        (
            "{grants: [client_credentials], auth: client_secret_basic, apis: {}, disabled: 1}",
            "spec.disabled: expected true or false, got the number 1"
        ),
    ]

    @Test("is refused with line, path, expectation and what came", arguments: refused)
    func refuses(spec: String, fault: String) {
        let errors = errors(of: spec)
        #expect(errors?.faults.first?.description == "c.yaml:3: \(fault)")
        #expect(errors?.description.contains("hunter2") == false)
    }

    @Test("refuses keys that are not public signature keys, without repeating them")
    func keys() throws {
        let es256 = try JWK.generate(algorithm: "ES256", kid: "a")
        let rsa = try JWK.generate(algorithm: "PS256")
        var bare = rsa.publicJWK()?.object(includingPrivate: false) ?? [:]
        bare["alg"] = nil
        let secret = try JWK.generate(algorithm: "HS256")
        let agreement = try JWK.generate(algorithm: "ECDH-ES")
        let table: [(JSONObject, String)] = [
            (es256.object(includingPrivate: true), "expected a public key, got a private one"),
            (secret.object(includingPrivate: true), "expected a public key, got a symmetric one"),
            (agreement.object(includingPrivate: true), "expected a public key, got a private one"),
            (agreement.object(includingPrivate: false), "expected a key for signatures"),
            (bare, "expected alg in an RSA key"),
            (["kty": "EC"], "expected a JWK: "),
            (["kty": "none"], "expected a JWK: "),
            ([:], "expected a JWK: "),
        ]
        for (key, expected) in table {
            let text = String(decoding: key.serialized(), as: UTF8.self)
            let fault = try #require(errors(of: spec(keys: text))?.faults.first)
            #expect(fault.path == "spec.jwks.keys[0]")
            #expect(fault.message.hasPrefix(expected))
            for member in ["d", "k"] {
                guard let value = key[member]?.stringValue else { continue }
                #expect(!fault.message.contains(value))
            }
        }
    }

    @Test("asks for distinct kids when there are several keys")
    func kids() throws {
        let one = try JWK.generate(algorithm: "ES256", kid: "a")
        let other = try JWK.generate(algorithm: "Ed25519", kid: "a")
        let text = [one, other].map { String(decoding: $0.serialized(includingPrivate: false), as: UTF8.self) }
        #expect(errors(of: spec(keys: text.joined(separator: ", ")))?.faults.first?.path == "spec.jwks.keys")
        let distinct = try JWK.generate(algorithm: "Ed25519", kid: "b")
        let good = text[0] + ", " + String(decoding: distinct.serialized(includingPrivate: false), as: UTF8.self)
        #expect(errors(of: spec(keys: good)) == nil)
    }

    @Test("is read from a request's JSON by the same rules, with the place in the request")
    func json() throws {
        let body = try JSONValue(
            parsing: #"[{"kind": "Client", "name": "a", "spec": {"grants": ["x"], "auth": 5}}, {"kind": "Plan"}, 7]"#)
        let errors = #expect(throws: ResourceErrors.self) {
            try ResourceParser.parse(documents: body.arrayValue ?? [])
        }
        #expect(
            errors?.faults.map(\.path) == [
                "documents[0].spec.grants[0]", "documents[0].spec.auth", "documents[0].spec.apis",
                "documents[1].kind", "documents[1].name", "documents[1].spec", "documents[2]",
            ])
        #expect(errors?.faults.allSatisfy { $0.location == nil } == true)
    }

    @Test("names a resource once per stream")
    func repeated() {
        let errors = #expect(throws: ResourceErrors.self) {
            try ResourceParser.parse(yaml: Sample.api("a") + "\n---\n" + Sample.api("a"), file: "f.yaml")
        }
        #expect(errors?.description == "f.yaml:12: name: expected each resource once, got API a again")
    }

    @Test("lists a hundred faults and counts the rest")
    func manyFaults() {
        let text = (0..<150).map { "kind: API\nname: \($0)\nspec: 1\n" }.joined(separator: "---\n")
        let errors = #expect(throws: ResourceErrors.self) { try ResourceParser.parse(yaml: text, file: "f.yaml") }
        #expect(errors?.faults.count == 100)
        #expect(errors?.omitted == 200)
        #expect(errors?.problem.detail == "300 faults")
    }

    private func spec(keys: String) -> String {
        "{grants: [client_credentials], auth: private_key_jwt, apis: {}, jwks: {keys: [\(keys)]}}"
    }

    private func errors(of spec: String) -> ResourceErrors? {
        do {
            _ = try ResourceParser.parse(yaml: "kind: Client\nname: a\nspec: \(spec)\n", file: "c.yaml")
            return nil
        } catch {
            return error
        }
    }

    static let auth = "expected client_secret_basic, client_secret_post or private_key_jwt"
}
