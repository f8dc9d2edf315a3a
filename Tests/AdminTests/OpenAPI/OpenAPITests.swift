import ControlHTTP
import HTTPTypes
import Hummingbird
import JOSE
import KeyManagement
import Resources
import Testing

@testable import Admin

@Suite("The OpenAPI description")
struct OpenAPITests {
    private func document() async throws -> JSONValue {
        let answer = try await Sandbox().send(.get, "openapi.json", authorization: "")
        #expect(answer.status == 200)
        return try #require(answer.json)
    }

    @Test("has exactly the operations that the router has")
    func sameOperations() async throws {
        let sandbox = try await Sandbox()
        let router = Router(context: ControlContext.self)
        let credentials = try await AdminCredentials.open(dataDirectory: sandbox.path, database: sandbox.database)
        AdminAPI(operations: sandbox.operations, credentials: credentials, issuer: "https://issuer.example")
            .addRoutes(to: router)
        let registered = Set(router.routes.map { "\($0.method.rawValue) \($0.path.description)" })
        var described: Set<String> = []
        for (path, item) in try #require(try await document()["paths"]?.objectValue) {
            for (method, _) in item.objectValue ?? [:] {
                described.insert("\(method.uppercased()) \(path)")
            }
        }
        #expect(described == registered)
        #expect(described.count == 25)
    }

    @Test("names no operation twice and no schema that does not exist")
    func references() async throws {
        let document = try await document()
        let schemas = Set(document["components"]?["schemas"]?.objectValue?.names ?? [])
        var used: Set<String> = []
        collect(document, into: &used)
        #expect(used.subtracting(schemas) == [])
        #expect(schemas.subtracting(used) == [])
        let ids = document["paths"]?.objectValue?.flatMap { _, item in
            (item.objectValue ?? [:]).compactMap { $0.value["operationId"]?.stringValue }
        }
        #expect(ids?.count == Set(ids ?? []).count)
    }

    @Test("describes every path parameter")
    func pathParameters() async throws {
        for (path, item) in try #require(try await document()["paths"]?.objectValue) {
            let expected = path.split(separator: "/").filter { $0.hasPrefix("{") }.map {
                String($0.dropFirst().dropLast())
            }
            for (_, operation) in item.objectValue ?? [:] {
                let parameters = operation["parameters"]?.arrayValue ?? []
                let found = parameters.filter { $0["in"]?.stringValue == "path" }.compactMap { $0["name"]?.stringValue }
                #expect(found == expected)
            }
        }
    }

    /// A document with every field set, in full form: what the validator knows.
    static let everything = """
        kind: API
        name: a
        spec:
          type: rest
          audience: https://a.example
          scopes: [s]
          upstreams: [{url: http://a}]
          routes: [{path: {prefix: /a}, scopes: [s]}]
          limits: {body_bytes: 1MB}
        ---
        kind: Client
        name: c
        spec:
          grants: [client_credentials]
          auth: private_key_jwt
          apis: {a: [s]}
          jwks: {keys: [{kty: OKP, crv: Ed25519, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo}]}
        ---
        kind: Client
        name: d
        spec:
          grants: [client_credentials]
          auth: private_key_jwt
          apis: {a: [s]}
          jwks_uri: https://client.example/jwks
        """

    @Test("describes exactly the fields that the validator takes")
    func sameFields() async throws {
        let schemas = try #require(try await document()["components"]?["schemas"])
        let specs = try ResourceParser.parse(yaml: Self.everything, file: "x").map { $0.json(.full)["spec"] }
        let api = try #require(specs[0])
        // A client gives its keys in one of two ways.
        let clients = try specs[1...2].map { try #require($0?.objectValue) }
        let client = JSONValue.object(JSONObject(clients.flatMap { $0.map { ($0.name, $0.value) } }))
        let pairs: [(JSONValue?, JSONValue?)] = [
            (api, schemas["APISpec"]), (api["token"], schemas["TokenPolicy"]),
            (api["routes"]?.arrayValue?[0], schemas["Route"]), (client, schemas["ClientSpec"]),
            (api["timeouts"], schemas["APISpec"]?["properties"]?["timeouts"]),
            (api["limits"], schemas["APISpec"]?["properties"]?["limits"]),
            (api["upstreams"]?.arrayValue?[0], schemas["APISpec"]?["properties"]?["upstreams"]?["items"]),
        ]
        for (value, schema) in pairs {
            let written = Set(try #require(value?.objectValue).names)
            let described = Set(try #require(schema?["properties"]?.objectValue).names)
            #expect(written == described)
            #expect(schema?["additionalProperties"]?.boolValue == false)
        }
    }

    @Test("names every media type that an export comes in", arguments: ["json", "yaml"])
    func exportTypes(format: String) async throws {
        let type = try await Sandbox().send(.get, "export?format=\(format)").headers[.contentType]
        let answer = try await document()["paths"]?["/admin/v1/export"]?["get"]?["responses"]?["200"]
        let described = try #require(answer?["content"]?.objectValue).names
        #expect(described.contains(try #require(type?.split(separator: ";").first.map(String.init))))
    }

    @Test("of a kind requires what the validator requires")
    func sameRequirements() async throws {
        let schemas = try #require(try await document()["components"]?["schemas"])
        for (kind, name) in [(ResourceKind.api, "APISpec"), (.client, "ClientSpec")] {
            let errors = #expect(throws: ResourceErrors.self) {
                try ResourceParser.parse(spec: [:], kind: kind, name: "x")
            }
            let missing = Set(errors?.faults.map { $0.path.replacing("spec.", with: "") } ?? [])
            let required = schemas[name]?["required"]?.arrayValue?.compactMap(\.stringValue)
            #expect(missing == Set(required ?? []))
        }
    }

    private func collect(_ value: JSONValue, into references: inout Set<String>) {
        switch value {
        case .array(let items):
            for item in items { collect(item, into: &references) }
        case .object(let object):
            for (name, member) in object {
                if name == "$ref", let text = member.stringValue, let schema = text.split(separator: "/").last {
                    references.insert(String(schema))
                }
                collect(member, into: &references)
            }
        default:
            break
        }
    }
}
