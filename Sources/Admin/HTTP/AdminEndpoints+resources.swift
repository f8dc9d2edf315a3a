import HTTPTypes
import JOSE
import Problems
import Resources

extension AdminEndpoints {
    /// The operations on one kind of resource.
    func resources(_ kind: ResourceKind, plural: String, schema: String) -> [AdminEndpoint] {
        let noun = kind == .api ? "API" : "client"
        let list = AdminEndpoint(
            id: "list\(schema)s", method: .get, path: plural, summary: "The \(noun)s by name.",
            query: AdminEndpoint.paging,
            answers: [.init(schema: "\(schema)Page", description: "A page of \(noun)s.")],
            handle: { request in
                let page = try Page(request.query)
                let found = try await operations.list(kind, after: page.after ?? "", limit: page.limit + 1)
                return .json(page.json(found, key: { $0.document.name }, AdminJSON.resource))
            })
        let get = AdminEndpoint(
            id: "get\(schema)", method: .get, path: "\(plural)/{name}", summary: "One \(noun).",
            answers: [.init(schema: schema, description: "The \(noun); `ETag` is its revision.")],
            handle: { request in
                let stored = try await operations.get(request.key(kind))
                return .json(AdminJSON.resource(stored), revision: stored.revision)
            })
        let put = AdminEndpoint(
            id: "put\(schema)", method: .put, path: "\(plural)/{name}", summary: "Create or replace one \(noun).",
            body: schema,
            answers: [
                .init(schema: schema, description: "It was there; `ETag` is its revision."),
                .init(schema: schema, status: 201, description: "It was created; a new client's secret is shown once."),
            ],
            isConditional: true, handle: { try await self.put($0, kind) })
        let delete = AdminEndpoint(
            id: "delete\(schema)", method: .delete, path: "\(plural)/{name}",
            summary: "Delete one \(noun) and revoke its tokens.",
            answers: [.init(schema: "", status: 204, description: "It is gone.")], isConditional: true,
            handle: { request in
                try await operations.delete(
                    request.key(kind), expecting: request.expectation, actor: request.actor)
                return .noContent
            })
        let revisions = AdminEndpoint(
            id: "list\(schema)Revisions", method: .get, path: "\(plural)/{name}/revisions",
            summary: "The revisions of one \(noun), newest first; those of a deleted one stay.",
            query: AdminEndpoint.paging,
            answers: [.init(schema: "RevisionPage", description: "A page of revisions.")],
            handle: { request in
                let page = try Page(request.query)
                let found = try await operations.revisions(
                    of: request.key(kind), before: page.number(), limit: page.limit + 1)
                return .json(page.json(found, key: { String($0.revision) }, AdminJSON.revision))
            })
        return [list, get, put, delete, revisions]
    }

    /// Makes a client's secret anew.
    var secret: AdminEndpoint {
        AdminEndpoint(
            id: "regenerateClientSecret", method: .post, path: "clients/{name}/secret",
            summary: "Make a new secret for one client; the old one stops working at once.",
            answers: [.init(schema: "ClientSecret", description: "The secret, shown once.")],
            handle: { request in
                let name = try request.key(.client).name
                let secret = try await operations.regenerateSecret(of: name, actor: request.actor)
                var answer = AdminJSON.secret(secret).objectValue ?? [:]
                answer["issuer"] = .string(issuer)
                return .json(.object(answer))
            })
    }

    private func put(_ request: AdminRequest, _ kind: ResourceKind) async throws -> AdminAnswer {
        let key = try request.key(kind)
        let faults = FaultCollector()
        let fields = try request.fields(faults)
        // What a GET answered can be sent back: its read-only fields are looked at only where they could contradict.
        let sameName = fields.optional("name", default: key.name) { $0.resourceName() } == key.name
        let sameKind = fields.optional("kind", default: kind) { $0.choice(of: ResourceKind.self) } == kind
        let seen = fields.optional("revision") { $0.integer(in: 1...Int64(Int32.max)) }
        for name in ["created_at", "updated_at"] { _ = fields.value(name) }
        let spec = fields.required("spec") { $0.node }
        if !sameName { fields.value("name")?.fail(expected: key.name) }
        if !sameKind { fields.value("kind")?.fail(expected: kind.rawValue) }
        fields.end()
        try faults.throwIfAny()
        let document = try ResourceParser.parse(spec: spec ?? YAMLNode(.null), kind: kind, name: key.name)
        let (result, stored) = try await operations.put(
            document, expecting: request.expectation.with(bodyRevision: seen.map { Int($0) }), actor: request.actor)
        let isNew = result.changes.first?.action == .created
        var answer = AdminJSON.resource(stored).objectValue ?? [:]
        if let secret = result.secrets.first { answer["client_secret"] = .string(secret.revealed) }
        return .json(.object(answer), status: isNew ? 201 : 200, revision: stored.revision)
    }
}
