import HTTPTypes
import JOSE
import Problems

/// The OpenAPI 3.1 description of the admin API, made from the table that also registers the routes.
struct OpenAPIDocument {
    private let endpoints: [AdminEndpoint]

    init(_ endpoints: [AdminEndpoint]) {
        self.endpoints = endpoints
    }

    /// The document.
    var json: JSONValue {
        var paths = JSONObject()
        for endpoint in endpoints {
            let path = "/admin/v1/\(endpoint.path)"
            var item = paths[path]?.objectValue ?? [:]
            item[endpoint.method.rawValue.lowercased()] = operation(endpoint)
            paths[path] = .object(item)
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Signet admin API", "version": "1",
                "description":
                    "Everything that the signet command line does with a server. Errors are RFC 9457 documents.",
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "security": [["admin": []]],
            "paths": .object(paths),
            "components": [
                "securitySchemes": [
                    "admin": [
                        "type": "http", "scheme": "bearer",
                        "description": "The credential in the file admin.token of the data directory.",
                    ]
                ],
                "schemas": .object(AdminSchemas.all),
            ],
        ]
    }

    private func operation(_ endpoint: AdminEndpoint) -> JSONValue {
        var operation: JSONObject = ["operationId": .string(endpoint.id), "summary": .string(endpoint.summary)]
        if endpoint.isPublic { operation["security"] = [] }
        let parameters = parameters(of: endpoint)
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        if let body = endpoint.body {
            operation["requestBody"] = [
                "required": .bool(!endpoint.isBodyOptional),
                "content": ["application/json": ["schema": reference(body)]],
            ]
        }
        operation["responses"] = .object(responses(of: endpoint))
        return .object(operation)
    }

    private func parameters(of endpoint: AdminEndpoint) -> [JSONValue] {
        let path: [JSONValue] = endpoint.pathParameters.map {
            ["name": .string($0), "in": "path", "required": true, "schema": ["type": "string"]]
        }
        let query: [JSONValue] = endpoint.query.map {
            [
                "name": .string($0.name), "in": "query", "description": .string($0.description),
                "schema": ["type": .string($0.type)],
            ]
        }
        guard endpoint.isConditional else { return path + query }
        return path + query + [
            [
                "name": "If-Match", "in": "header", "schema": ["type": "string"],
                "description": "The ETag that was seen, or *; another revision is refused with 412.",
            ],
            [
                "name": "If-None-Match", "in": "header", "schema": ["type": "string", "enum": ["*"]],
                "description": "Only create: what exists already is refused with 412.",
            ],
        ]
    }

    private func responses(of endpoint: AdminEndpoint) -> JSONObject {
        var responses = JSONObject()
        for answer in endpoint.answers {
            var response: JSONObject = ["description": .string(answer.description)]
            if !answer.schema.isEmpty {
                var content: JSONObject = ["application/json": ["schema": reference(answer.schema)]]
                if let other = answer.otherType { content[other] = ["schema": ["type": "string"]] }
                response["content"] = .object(content)
            }
            responses[String(answer.status)] = .object(response)
        }
        responses["default"] = [
            "description": "An error; `code` says which.",
            "content": [Problem.mediaType: ["schema": reference("Problem")]],
        ]
        return responses
    }

    private func reference(_ schema: String) -> JSONValue { ["$ref": .string("#/components/schemas/\(schema)")] }
}
