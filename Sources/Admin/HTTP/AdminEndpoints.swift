import HTTPTypes
import JOSE
import KeyManagement
import Problems
import Resources
import Store

/// The table of the admin API.
struct AdminEndpoints {
    let operations: AdminOperations
    /// Where clients get their tokens.
    let issuer: String

    /// Every operation; the last one describes all of them.
    var all: [AdminEndpoint] {
        let described =
            bulk + resources(.api, plural: "apis", schema: "API")
            + resources(.client, plural: "clients", schema: "Client")
            + [secret] + keys + revocations + [audit]
        return described + [description(of: described)]
    }

    private var bulk: [AdminEndpoint] {
        [
            AdminEndpoint(
                id: "apply", method: .post, path: "apply",
                summary: "Bring the APIs and clients to what the documents say, in one transaction.",
                query: [
                    .init(name: "dry_run", type: "boolean", description: "Check and tell, and change nothing."),
                    .init(name: "prune", type: "boolean", description: "Delete every resource that no document names."),
                ],
                body: "Documents",
                answers: [.init(schema: "ApplyResult", description: "What became of each resource.")],
                handle: apply),
            AdminEndpoint(
                id: "export", method: .get, path: "export",
                summary: "Every API and client; applying the answer changes nothing. Holds no secrets.",
                query: [.init(name: "format", type: "string", description: "json (the default) or yaml.")],
                answers: [
                    .init(
                        schema: "Documents", description: "The resources by kind and name.",
                        otherType: "application/yaml")
                ],
                handle: export),
        ]
    }

    private func apply(_ request: AdminRequest) async throws -> AdminAnswer {
        let faults = FaultCollector()
        let fields = try request.fields(faults)
        let nodes = fields.required("documents") { value -> [YAMLNode]? in
            guard case .sequence(let nodes) = value.node.value else {
                value.fail(expected: "a list")
                return nil
            }
            return nodes
        }
        fields.end()
        try faults.throwIfAny()
        let documents = try ResourceParser.parse(documents: nodes ?? [])
        let result = try await operations.apply(
            documents, prune: try request.flag("prune"), dryRun: try request.flag("dry_run"), actor: request.actor)
        return .json(AdminJSON.applyResult(result, issuer: issuer))
    }

    private func export(_ request: AdminRequest) async throws -> AdminAnswer {
        let documents = try await operations.export().map { $0.json(.concise) }
        switch request.query["format"] ?? "json" {
        case "json":
            return .json(["documents": .array(documents.map { .object($0) })])
        case "yaml":
            return AdminAnswer(
                body: .text(Array(YAMLWriter.text(of: documents).utf8), type: "application/yaml; charset=utf-8"))
        default:
            throw Problem(.requestMalformed, detail: "expected format json or yaml")
        }
    }

    private var audit: AdminEndpoint {
        AdminEndpoint(
            id: "listAudit", method: .get, path: "audit",
            summary: "The audit log, newest first.", query: AdminEndpoint.paging,
            answers: [.init(schema: "AuditPage", description: "A page of entries.")],
            handle: { request in
                let page = try Page(request.query)
                let records = try await operations.audit(before: page.number(), limit: page.limit + 1)
                return .json(page.json(records, key: { String($0.sequence) }, AdminJSON.audit))
            })
    }

    private func description(of endpoints: [AdminEndpoint]) -> AdminEndpoint {
        let id = "describe"
        let summary = "This description."
        let answers = [AdminEndpoint.Content(schema: "OpenAPI", description: "An OpenAPI 3.1 document.")]
        let itself = AdminEndpoint(
            id: id, method: .get, path: "openapi.json", summary: summary, answers: answers, isPublic: true,
            handle: { _ in .noContent })
        let document = OpenAPIDocument(endpoints + [itself]).json
        return AdminEndpoint(
            id: id, method: .get, path: "openapi.json", summary: summary, answers: answers, isPublic: true,
            handle: { _ in .json(document) })
    }
}

extension AdminRequest {
    /// The body as fields to read.
    func fields(_ faults: FaultCollector) throws -> FieldReader {
        let value = FieldValue(node: YAMLNode(json: body ?? [:]), path: "", faults: faults)
        guard let fields = FieldReader(value) else {
            try faults.throwIfAny()
            throw Problem(.requestMalformed, detail: "expected an object as body")
        }
        return fields
    }

    /// A truth value of the query; false when it is absent.
    func flag(_ name: String) throws(Problem) -> Bool {
        switch query[name] {
        case nil, "false": return false
        case "true": return true
        default: throw Problem(.requestMalformed, detail: "expected \(name) to be true or false")
        }
    }

    /// The key that the path names. A name that no resource can have is not found.
    func key(_ kind: ResourceKind) throws(Problem) -> ResourceKey {
        guard let name = path["name"], ResourceName.isValid(name) else {
            throw Problem(.resourceNotFound, detail: "there is no \(kind.rawValue) of this name")
        }
        return ResourceKey(kind, name)
    }
}
