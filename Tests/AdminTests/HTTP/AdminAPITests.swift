import HTTPTypes
import JOSE
import Resources
import Testing

@testable import Admin

@Suite("The admin API")
struct AdminAPITests {
    /// Every operation with a path that could be right.
    static let operations: [(HTTPRequest.Method, String)] = [
        (.post, "apply"), (.get, "export"), (.get, "apis"), (.get, "apis/orders"), (.put, "apis/orders"),
        (.delete, "apis/orders"), (.get, "apis/orders/revisions"), (.get, "clients"), (.get, "clients/reporter"),
        (.put, "clients/reporter"), (.delete, "clients/reporter"), (.get, "clients/reporter/revisions"),
        (.post, "clients/reporter/secret"), (.get, "keys"), (.post, "keys/rotate"), (.post, "keys/k1/revoke"),
        (.post, "keys"), (.get, "keys/timeline"), (.post, "keys/k1/export"),
        (.get, "revocations"), (.post, "revocations"), (.get, "audit"),
    ]

    static let badCredentials = [
        "", "Bearer", "Bearer ", "Bearer x", "Basic YWRtaW46YWRtaW4=", "bearer  x",
        "Bearer " + String(repeating: "A", count: 43), "Bearer " + String(repeating: "A", count: 20_000),
    ]

    @Test("answers nobody without the credential", arguments: operations)
    func noCredential(method: HTTPRequest.Method, path: String) async throws {
        let sandbox = try await Sandbox()
        let answer = try await sandbox.send(method, path, method == .get ? nil : "{}", authorization: "")
        #expect(answer.status == 401)
        #expect(answer.code == "unauthenticated")
        #expect(answer.headers[.wwwAuthenticate] == "Bearer realm=\"signet-admin\"")
    }

    @Test("answers nobody with a wrong credential, and changes nothing", arguments: badCredentials)
    func wrongCredential(authorization: String) async throws {
        let sandbox = try await Sandbox()
        let answer = try await sandbox.send(.post, "apply", Sample.documents, authorization: authorization)
        #expect(answer.status == 401)
        #expect(try await sandbox.operations.export().isEmpty)
    }

    @Test("takes the credential's scheme in any case, and no other character")
    func credentialForms() async throws {
        let sandbox = try await Sandbox()
        #expect(try await sandbox.send(.get, "apis", authorization: "bearer \(sandbox.token)").status == 200)
        #expect(try await sandbox.send(.get, "apis", authorization: "Bearer \(sandbox.token)=").status == 401)
    }

    @Test("never lets an answer be stored", arguments: ["apis", "keys", "audit", "openapi.json", "nothing"])
    func noStore(path: String) async throws {
        let answer = try await Sandbox().send(.get, path)
        #expect(answer.headers[.cacheControl] == "no-store")
        #expect(answer.headers[.accessControlAllowOrigin] == nil)
    }

    @Test("applies documents, shows the new secret once, and exports what it applied")
    func applyAndExport() async throws {
        let sandbox = try await Sandbox()
        let first = try await sandbox.applySample()
        #expect(first.status == 200)
        #expect(first.json?["secrets"]?.arrayValue?.count == 1)
        #expect(first.json?["issuer"]?.stringValue == "https://issuer.example")
        #expect(first.json?["secrets"]?.arrayValue?[0]["client_id"]?.stringValue == "reporter")
        let secret = try #require(first.json?["secrets"]?.arrayValue?[0]["client_secret"]?.stringValue)
        let exported = try await sandbox.send(.get, "export")
        #expect(!exported.text.contains(secret))
        let second = try await sandbox.send(.post, "apply?prune=true", exported.text)
        let actions = second.json?["changes"]?.arrayValue?.compactMap { $0["action"]?.stringValue }
        #expect(actions == ["unchanged", "unchanged"])
        #expect(second.json?["secrets"]?.arrayValue == [])
        let yaml = try await sandbox.send(.get, "export?format=yaml")
        #expect(yaml.headers[.contentType] == "application/yaml; charset=utf-8")
        #expect(try ResourceParser.parse(yaml: yaml.text, file: "x") == (try await sandbox.operations.export()))
    }

    @Test("of a dry run changes nothing")
    func dryRun() async throws {
        let sandbox = try await Sandbox()
        let answer = try await sandbox.send(.post, "apply?dry_run=true", Sample.documents)
        #expect(answer.json?["dry_run"]?.boolValue == true)
        #expect(answer.json?["changes"]?.arrayValue?.count == 2)
        #expect(try await sandbox.operations.export().isEmpty)
    }

    static let malformed: [(HTTPRequest.Method, String, String?, Int, String)] = [
        (.post, "apply", "", 400, "request-malformed"),
        (.post, "apply", "{", 400, "request-malformed"),
        (.post, "apply", #"{"documents": [], "documents": []}"#, 400, "request-malformed"),
        (.post, "apply", "[]", 422, "resource-invalid"),
        (.post, "apply", "{}", 422, "resource-invalid"),
        (.post, "apply", #"{"documents": {}}"#, 422, "resource-invalid"),
        (.post, "apply", #"{"documents": [], "prune": true}"#, 422, "resource-invalid"),
        (.post, "apply?prune=yes", #"{"documents": []}"#, 400, "request-malformed"),
        (.post, "apply?prune=true", #"{"documents": []}"#, 422, "resource-invalid"),
        (.post, "apply?prun=true", #"{"documents": []}"#, 400, "request-malformed"),
        (.post, "apply?prune=true&prune=false", #"{"documents": []}"#, 400, "request-malformed"),
        (.get, "export?format=toml", nil, 400, "request-malformed"),
        (.get, "apis?limit=0", nil, 400, "request-malformed"),
        (.get, "apis?limit=1001", nil, 400, "request-malformed"),
        (.get, "apis?cursor=x", nil, 400, "request-malformed"),
        (.get, "audit?cursor=MTotMQ", nil, 400, "request-malformed"),
        (.get, "keys?cursor=MTpub25l", nil, 400, "request-malformed"),
        (.get, "apis/nothing", nil, 404, "resource-not-found"),
        (.get, "apis/Not%20A%20Name", nil, 404, "resource-not-found"),
        (.get, "apis/..%2fclients", nil, 404, "resource-not-found"),
        (.get, "apis/nothing/revisions", nil, 404, "resource-not-found"),
        (.delete, "clients/nothing", nil, 404, "resource-not-found"),
        (.post, "clients/nothing/secret", nil, 404, "resource-not-found"),
        (.post, "keys/nothing/revoke", nil, 404, "resource-not-found"),
        (.post, "keys/rotate", "{}", 422, "resource-invalid"),
        (.post, "keys/rotate", #"{"ring": "nothing"}"#, 404, "resource-not-found"),
        (.post, "revocations", #"{"kind": "everything", "value": "x"}"#, 422, "resource-invalid"),
        (.post, "revocations", #"{"kind": "jti", "value": ""}"#, 422, "resource-invalid"),
        (.get, "nothing", nil, 404, "not-found"),
        (.patch, "apis/orders", "{}", 405, "method-not-allowed"),
        (.put, "apis/orders", #"{"spec": {}}"#, 422, "resource-invalid"),
        (.put, "apis/orders", #"{"name": "other", "spec": {}}"#, 422, "resource-invalid"),
        (.put, "apis/orders", #"{"kind": "Client", "spec": {}}"#, 422, "resource-invalid"),
    ]

    @Test("refuses what it can't take, each with its status and code", arguments: malformed)
    func refuses(method: HTTPRequest.Method, path: String, body: String?, status: Int, code: String) async throws {
        let sandbox = try await Sandbox()
        let answer = try await sandbox.send(method, path, body)
        #expect(answer.status == status)
        #expect(answer.code == code)
        #expect(answer.headers[.contentType] == "application/problem+json")
        #expect(answer.json?["request_id"]?.stringValue?.isEmpty == false)
        #expect(try await sandbox.operations.export().isEmpty)
    }

    @Test("takes bodies of up to 4 MiB, as application/json alone")
    func bodies() async throws {
        let sandbox = try await Sandbox()
        let large = String(repeating: " ", count: 4 * 1024 * 1024 + 1)
        #expect(try await sandbox.send(.post, "apply", large).code == "body-too-large")
        let padded = Sample.documents + String(repeating: " ", count: 4 * 1024 * 1024 - Sample.documents.utf8.count)
        #expect(try await sandbox.send(.post, "apply", padded).status == 200)
        for type in ["text/plain", "application/yaml", "application/x-www-form-urlencoded"] {
            let answer = try await sandbox.send(.post, "apply", Sample.documents, headers: [.contentType: type])
            #expect(answer.code == "unsupported-media-type")
        }
    }

    @Test("lists every fault with its place in the request")
    func faults() async throws {
        let body = """
            {"documents": [{"kind": "API", "name": "A", "spec": {"type": "ai", "audience": "x"}},
                           {"kind": "Client", "name": "c", "spec": \(Sample.client)}]}
            """
        let answer = try await Sandbox().send(.post, "apply", body)
        #expect(
            answer.paths == [
                "documents[0].name", "documents[0].spec.type", "documents[0].spec.audience",
                "documents[0].spec.upstreams", "documents[0].spec.routes",
            ])
        let references = try await Sandbox().send(
            .post, "apply", #"{"documents": [{"kind": "Client", "name": "c", "spec": \#(Sample.client)}]}"#)
        #expect(references.paths == ["documents[0].spec.apis.orders"])
    }
}
