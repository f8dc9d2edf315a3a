import JOSE
import KeyManagement
import Testing

@testable import Resources

@Suite("The spec of an API")
struct APISpecTests {
    /// The smallest API, with one field replaced or added.
    static func api(_ changes: [String: String]) -> String {
        var fields = [
            "type": "rest", "audience": "https://orders.example", "upstreams": "[{url: http://127.0.0.1:8082}]",
            "routes": "[{path: {prefix: /orders}}]",
        ]
        fields.merge(changes) { _, new in new }
        let order = ["type", "audience", "scopes", "token", "forward", "upstreams", "routes"]
        let names = order.filter { fields[$0] != nil } + fields.keys.filter { !order.contains($0) }.sorted()
        return "kind: API\nname: orders\nspec:\n" + names.map { "  \($0): \(fields[$0] ?? "")\n" }.joined()
    }

    /// One changed field, and the fault that follows it. Lines: 1 kind, 2 name, 3 spec, 4 type, 5 audience, …
    static let refused: [([String: String], String)] = [
        (["type": "ai"], "4: spec.type: expected rest, got ai: AI services are not supported yet"),
        (["type": "soap"], "4: spec.type: expected rest, got \"soap\""),
        (["type": "[rest]"], "4: spec.type: expected rest, got a list"),
        (["type": ""], "4: spec.type: expected rest, got nothing"),
        (["audience": "orders"], "5: spec.audience: \(audience), got \"orders\""),
        (["audience": "https://a#b"], "5: spec.audience: \(audience), got \"https://a#b\""),
        (["audience": "https://a?b"], "5: spec.audience: \(audience), got \"https://a?b\""),
        (["audience": "https://u:p@a"], "5: spec.audience: \(audience), got \"https://u:p@a\""),
        (["audience": "5"], "5: spec.audience: expected text, got the number 5: put it in quotes"),
        (["scopes": "orders.read"], "6: spec.scopes: expected a list, got \"orders.read\""),
        (["scopes": "[a, b, a]"], "6: spec.scopes[2]: expected each item once, got \"a\" again"),
        (["scopes": "[\"a b\"]"], "6: spec.scopes[0]: \(scope), got \"a b\""),
        (["scopes": "[yes, no, 1]"], "6: spec.scopes[2]: expected text, got the number 1: put it in quotes"),
        (
            ["token": "{profile: hsm}"],
            "6: spec.token.profile: expected asymmetric, symmetric, kms or kms-sealed, got \"hsm\""
        ),
        (
            ["token": "{profile: kms, signing: Ed25519}"],
            "6: spec.token.signing: expected ES256, ES384, RS256 or PS256 with profile kms, got Ed25519"
        ),
        (
            ["token": "{profile: kms, encryption: ECDH-ES}"],
            "6: spec.token.encryption: expected RSA-OAEP-256 with profile kms, got ECDH-ES: every kind of device can open that"
        ),
        (
            ["token": "{profile: kms-sealed, signing: HS256}"],
            "6: spec.token.signing: expected a signature algorithm with profile kms-sealed, got HS256, which belongs to profile symmetric"
        ),
        (["token": "{recipient: resource}"], "6: spec.token.recipient: expected gateway, got resource: \(recipient)"),
        (["token": "{binding: dpop}"], "6: spec.token.binding: expected none, got dpop: DPoP is not supported yet"),
        (
            ["token": "{binding: mtls}"],
            "6: spec.token.binding: expected none, got mtls: mutual TLS is not supported yet"
        ),
        (["token": "{lifetime: 0s}"], "6: spec.token.lifetime: \(lifetime), got \"0s\""),
        (["token": "{lifetime: 25h}"], "6: spec.token.lifetime: \(lifetime), got \"25h\""),
        (["token": "{lifetime: 300}"], "6: spec.token.lifetime: \(lifetime), got the number 300"),
        (["token": "{lifetime: 1500ms}"], "6: spec.token.lifetime: expected whole seconds, got \"1500ms\""),
        (["token": "{signing: none}"], "6: spec.token.signing: \(signing), got \"none\""),
        (["token": "{signing: es256}"], "6: spec.token.signing: \(signing), got \"es256\""),
        (
            ["token": "{signing: HS256}"],
            "6: spec.token.signing: expected a signature algorithm with profile asymmetric, got HS256, "
                + "which belongs to profile symmetric"
        ),
        (
            ["token": "{profile: symmetric, signing: ES256}"],
            "6: spec.token.signing: expected HS256, HS384 or HS512 with profile symmetric, got ES256"
        ),
        (
            ["token": "{profile: symmetric, encryption: RSA-OAEP}"],
            "6: spec.token.encryption: expected dir or a key wrapping with profile symmetric, got RSA-OAEP"
        ),
        (
            ["token": "{encryption: RSA-OAEP-256, curve: X25519}"],
            "6: spec.token.curve: expected no curve with RSA-OAEP-256, whose key has none"
        ),
        (
            ["token": "{encryption: PBES2-HS256+A128KW}"],
            "6: spec.token.encryption: expected dir, A128KW, A192KW, A256KW, A128GCMKW, A192GCMKW, A256GCMKW, ECDH-ES, "
                + "ECDH-ES+A128KW, ECDH-ES+A192KW, ECDH-ES+A256KW, RSA-OAEP, RSA-OAEP-256, RSA-OAEP-384 or "
                + "RSA-OAEP-512, got \"PBES2-HS256+A128KW\""
        ),
        (
            ["token": "{curve: Ed25519}"],
            "6: spec.token.curve: expected X25519, X448, P-256, P-384 or P-521, got \"Ed25519\""
        ),
        (["token": "{alg: x}"], "6: spec.token.alg: \(tokenFields)"),
        (["forward": "jwe"], "6: spec.forward: expected claims, jwt or none, got jwe: \(jwe)"),
        (["forward": "token"], "6: spec.forward: expected claims, jwt or none, got token: \(forwardToken)"),
        (["forward": "credential"], "6: spec.forward: expected claims, jwt or none, got credential: \(credential)"),
        (["upstreams": "[]"], "6: spec.upstreams: expected at least one upstream"),
        (["upstreams": "[{url: https://a}]"], "6: spec.upstreams[0].url: \(tls)"),
        (["upstreams": "[{url: ftp://a}]"], "6: spec.upstreams[0].url: \(upstream), got \"ftp://a\""),
        (["upstreams": "[{url: \"http://a b\"}]"], "6: spec.upstreams[0].url: \(upstream), got \"http://a b\""),
        (["upstreams": "[{url: http://u:p@a}]"], "6: spec.upstreams[0].url: \(bareURL)"),
        (["upstreams": "[{url: http://a?x}]"], "6: spec.upstreams[0].url: \(bareURL)"),
        (["upstreams": "[{url: http://a/../b}]"], "6: spec.upstreams[0].url: \(upstreamPath), got \"http://a/../b\""),
        (["upstreams": "[{}]"], "6: spec.upstreams[0].url: expected this field, which is required"),
        (["upstreams": "[http://a]"], "6: spec.upstreams[0]: expected a mapping, got \"http://a\""),
        (["routes": "[]"], "7: spec.routes: expected at least one route"),
        (["routes": "[{path: /orders}]"], "7: spec.routes[0].path: expected a mapping, got \"/orders\""),
        (["routes": "[{path: {}}]"], "7: spec.routes[0].path: \(eitherPath)"),
        (["routes": "[{path: {prefix: /a, exact: /a}}]"], "7: spec.routes[0].path: \(eitherPath)"),
        (["routes": "[{path: {prefix: orders}}]"], "7: spec.routes[0].path.prefix: \(path), got \"orders\""),
        (["routes": "[{path: {prefix: /a/}}]"], "7: spec.routes[0].path.prefix: \(slash), got \"/a/\""),
        (["routes": "[{path: {prefix: /a/../b}}]"], "7: spec.routes[0].path.prefix: \(path), got \"/a/../b\""),
        (
            ["routes": "[{path: {regex: .*}}]"],
            "7: spec.routes[0].path: \(eitherPath)\na.yaml:7: spec.routes[0].path.regex: \(pathFields)"
        ),
        (["routes": "[{path: {prefix: /a}, hosts: [a:80]}]"], "7: spec.routes[0].hosts[0]: \(host), got \"a:80\""),
        (["routes": "[{path: {prefix: /a}, hosts: [\"*\"]}]"], "7: spec.routes[0].hosts[0]: \(host), got \"*\""),
        (
            ["routes": "[{path: {prefix: /a}, hosts: [\"a.*.b\"]}]"],
            "7: spec.routes[0].hosts[0]: \(host), got \"a.*.b\""
        ),
        (
            ["routes": "[{path: {prefix: /a}, hosts: [\"*.1.2.3.4\"]}]"],
            "7: spec.routes[0].hosts[0]: \(host), got \"*.1.2.3.4\""
        ),
        (
            ["routes": "[{path: {prefix: /a}, hosts: [a, A]}]"],
            "7: spec.routes[0].hosts[1]: expected each item once, got \"A\" again"
        ),
        (["routes": "[{path: {prefix: /a}, methods: [get]}]"], "7: spec.routes[0].methods[0]: \(method), got \"get\""),
        (
            ["routes": "[{path: {prefix: /a}, methods: [CONNECT]}]"],
            "7: spec.routes[0].methods[0]: \(method), got \"CONNECT\""
        ),
        (
            ["routes": "[{path: {prefix: /a}, scopes: [x]}]"],
            "7: spec.routes[0].scopes[0]: expected one of the API's scopes, got \"x\""
        ),
        (
            ["scopes": "[x]", "routes": "[{path: {prefix: /a}, scopes: [x], access: public}]"],
            "8: spec.routes[0].scopes: expected no scopes on a public route: nobody would check them"
        ),
        (["routes": "[{path: {exact: /a}, strip_prefix: true}]"], "7: spec.routes[0].strip_prefix: \(strip)"),
        (
            ["routes": "[{path: {prefix: /a}, strip_prefix: yes}]"],
            "7: spec.routes[0].strip_prefix: expected true or false, got \"yes\""
        ),
        (
            ["claims": "[email]", "forward": "none"],
            "9: spec.claims: expected claims only with forward: claims, which carries them"
        ),
        (
            ["introspectors": "[Bad_Name]"],
            "8: spec.introspectors[0]: \(ResourceName.expected.prefixed), got \"Bad_Name\""
        ),
        (["timeouts": "{connect: 2h}"], "8: spec.timeouts.connect: \(timeout), got \"2h\""),
        (["timeouts": "{read: 5s}"], "8: spec.timeouts.read: \(timeoutFields)"),
        (["limits": "{body_bytes: -1}"], "8: spec.limits.body_bytes: \(size), got the number -1"),
        (["plugins": "[]"], "8: spec.plugins: \(apiFields)"),
        (["Type": "rest"], "8: spec.Type: \(apiFields)"),
    ]

    @Test("is refused with line, path, expectation and what came", arguments: refused)
    func refuses(changes: [String: String], fault: String) {
        do {
            _ = try ResourceParser.parse(yaml: Self.api(changes), file: "a.yaml")
            Issue.record("expected a refusal of \(changes)")
        } catch {
            #expect(error.description == "a.yaml:\(fault)")
        }
    }

    @Test("tells every fault at once, in the order of the file")
    func everyFault() {
        let text = """
            kind: API
            name: Orders
            spec:
              audience: nope
              scopes: ["a b"]
              token: {lifetime: forever, binding: dpop}
              upstreams:
                - url: https://a
                - {}
              routes:
                - path: {prefix: x}
                  methods: [get]
              surprise: 1
            """
        let errors = #expect(throws: ResourceErrors.self) { try ResourceParser.parse(yaml: text, file: "a.yaml") }
        #expect(
            errors?.faults.map { "\($0.line ?? 0) \($0.path)" } == [
                "2 name", "4 spec.type", "4 spec.audience", "5 spec.scopes[0]", "6 spec.token.lifetime",
                "6 spec.token.binding", "8 spec.upstreams[0].url", "9 spec.upstreams[1].url",
                "11 spec.routes[0].path.prefix", "12 spec.routes[0].methods[0]", "13 spec.surprise",
            ])
    }

    @Test("has the documented defaults")
    func defaults() throws {
        let spec = try spec(Self.api([:]))
        #expect(spec.token.signing == .es256)
        #expect(spec.token.encryption == .ecdhES)
        #expect(spec.token.curve == "X25519")
        #expect(spec.token.content == .a256GCM)
        #expect(spec.token.lifetime == .seconds(300))
        #expect(spec.forward == .claims)
        #expect(spec.timeouts.connect == .seconds(5))
        #expect(spec.timeouts.response == .seconds(60))
        #expect(spec.timeouts.idle == .seconds(60))
        #expect(spec.limits.bodyBytes == nil)
        #expect(spec.routes == [Route(path: .prefix("/orders"))])
        #expect(spec.upstreams == [Upstream(host: "127.0.0.1", port: 8082)])
    }

    @Test("takes the older name EdDSA for Ed25519")
    func edDSA() throws {
        #expect(try spec(Self.api(["token": "{signing: EdDSA}"])).token.signing == .ed25519)
    }

    @Test("names the rings that its tokens need")
    func rings() throws {
        let plain = APIResource(name: "orders", revision: 1, spec: try spec(Self.api([:])))
        #expect(plain.rings.count == 2)
        #expect(plain.signingRing.owner == .issuer && plain.signingRing.purpose == .accessSigning)
        #expect(plain.encryptionRing.owner == .api("orders") && plain.encryptionRing.curve == "X25519")
        let symmetric = APIResource(
            name: "orders", revision: 1, spec: try spec(Self.api(["token": "{profile: symmetric}", "forward": "jwt"])))
        #expect(symmetric.signingRing.owner == .api("orders") && symmetric.signingRing.purpose == .mac)
        #expect(symmetric.encryptionRing.algorithm == "A256KW")
        #expect(symmetric.rings.last?.purpose == .forwardSigning)
        let direct = APIResource(
            name: "orders", revision: 1,
            spec: try spec(Self.api(["token": "{profile: symmetric, encryption: dir, content: A128CBC-HS256}"])))
        #expect(direct.encryptionRing.algorithm == "A128CBC-HS256")
    }

    private func spec(_ yaml: String) throws -> APISpec {
        let document = try #require(try ResourceParser.parse(yaml: yaml, file: "a.yaml").first)
        guard case .api(let spec) = document.content else { throw ResourceError(.notFound, "no API") }
        return spec
    }

    // The recurring expectations, so that the table stays readable.
    static let audience = "expected an absolute URI without user, query and fragment, such as https://orders.example"
    static let scope = ResourceName.expectedScope.prefixed
    static let recipient = "tokens for the resource alone are not supported yet"
    static let lifetime = "expected a duration from 1s to 1d, such as 30s, 5m or 1h"
    static let timeout = "expected a duration from 10ms to 1h, such as 30s, 5m or 1h"
    static let signing =
        "expected HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, ES256K, Ed25519, "
        + "Ed448, ML-DSA-65 or ML-DSA-87"
    static let jwe = "encrypted forwarding is not supported yet"
    static let forwardToken = "forwarding the token itself is not supported yet"
    static let credential = "static credentials are not supported yet"
    static let tls = "expected an http URL: TLS to upstreams is not supported yet"
    static let upstream = "expected a URL such as http://127.0.0.1:8082"
    static let bareURL = "expected a URL without user, query and fragment"
    static let upstreamPath = "expected a URL whose path has no empty, . or .. segments"
    static let eitherPath = "expected either prefix or exact, such as {prefix: /orders}, got a mapping"
    static let path = "expected a path that begins with / and has no empty, . or .. segments, query or encoded slash"
    static let slash = "expected a prefix without a slash at its end (it matches whole segments)"
    static let host = "expected a host name without port, such as api.example.com or *.example.com"
    static let method =
        "expected a method in capital letters, such as GET; CONNECT, TRACE and TRACK are never carried"
    static let strip = "expected a prefix path with strip_prefix, got an exact one"
    static let size = "expected a size from 0B to 1048576GiB, such as 64KiB or 10MB"
    static let apiFields =
        "expected one of the fields audience, claims, forward, introspectors, limits, routes, scopes, timeouts, "
        + "token, type, upstreams; there is no such field"
    static let tokenFields =
        "expected one of the fields binding, content, curve, encryption, lifetime, profile, recipient, signing; "
        + "there is no such field"
    static let timeoutFields = "expected one of the fields connect, idle, response; there is no such field"
    static let pathFields = "expected one of the fields exact, prefix; there is no such field"
}

extension String {
    fileprivate var prefixed: String { "expected \(self)" }
}
