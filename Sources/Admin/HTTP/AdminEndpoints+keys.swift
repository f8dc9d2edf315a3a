import HTTPTypes
import JOSE
import KeyManagement
import Problems
import Resources

extension AdminEndpoints {
    /// The operations on key rings.
    var keys: [AdminEndpoint] {
        [
            AdminEndpoint(
                id: "listKeys", method: .get, path: "keys",
                summary: "The key versions by ring and number, without private halves.", query: AdminEndpoint.paging,
                answers: [.init(schema: "KeyPage", description: "A page of key versions.")], handle: listKeys),
            AdminEndpoint(
                id: "rotateKeys", method: .post, path: "keys/rotate",
                summary:
                    "Give rings a new active version; tokens of the old one open until they expire, in an emergency "
                    + "not at all. Or give the store another root key.",
                body: "Rotation",
                answers: [.init(schema: "RotationResult", description: "The new versions, or the new root key.")],
                handle: rotate),
            AdminEndpoint(
                id: "startRewrap", method: .post, path: "keys/rewrap",
                summary:
                    "Seal everything in the store anew by a new data key, in the background; when that goes on already, "
                    + "nothing more is begun.",
                answers: [.init(schema: "Rewrap", status: 202, description: "How far it is.")],
                handle: { request in
                    .json(AdminJSON.rewrap(try await operations.startRewrap(actor: request.actor)), status: 202)
                }),
            AdminEndpoint(
                id: "rewrapProgress", method: .get, path: "keys/rewrap",
                summary: "How far the rewrap is, or how the last one ended.",
                answers: [.init(schema: "Rewrap", description: "How far it is.")],
                handle: { _ in .json(AdminJSON.rewrap(operations.rewrapProgress)) }),
            AdminEndpoint(
                id: "prepareKeys", method: .post, path: "keys",
                summary: "Make the next version of rings ahead of its time: it is published and used by the schedule.",
                body: "Preparation",
                answers: [.init(schema: "KeyList", status: 201, description: "The new versions.")],
                handle: prepare),
            AdminEndpoint(
                id: "keyTimeline", method: .get, path: "keys/timeline",
                summary: "What happened to the versions of each ring, and what is planned.",
                answers: [.init(schema: "KeyTimelines", description: "The rings, each with its versions.")],
                handle: { _ in
                    .json(["rings": .array(try await operations.keyTimeline().map(AdminJSON.timeline))])
                }),
            AdminEndpoint(
                id: "exportKey", method: .post, path: "keys/{kid}/export",
                summary: "A version's private key, encrypted to the public key given.",
                body: "KeyExport",
                answers: [.init(schema: "ExportedKey", description: "A compact JWE around the private JWK.")],
                handle: exportKey),
            AdminEndpoint(
                id: "revokeKey", method: .post, path: "keys/{kid}/revoke",
                summary: "Take a key version out of use at once, and every token that it made.",
                body: "Reason", isBodyOptional: true,
                answers: [.init(schema: "", status: 204, description: "It is out of use.")], handle: revokeKey),
        ]
    }

    private func listKeys(_ request: AdminRequest) async throws -> AdminAnswer {
        let page = try Page(request.query)
        var versions = try await operations.listKeys()
        if let after = page.after {
            guard let index = versions.firstIndex(where: { $0.kid == after }) else { throw Page.badCursor }
            versions.removeFirst(index + 1)
        }
        return .json(page.json(versions, key: \.kid, AdminJSON.key))
    }

    private func rotate(_ request: AdminRequest) async throws -> AdminAnswer {
        let faults = FaultCollector()
        let fields = try request.fields(faults)
        let ring = fields.required("ring") { $0.string() }
        let isEmergency = fields.optional("emergency", default: false) { $0.bool() }
        let reason = fields.optional("reason", default: "") { $0.reason() }
        if !isEmergency { fields.refuse("reason", "expected a reason only with emergency: true") }
        if ring == Self.rootRing, isEmergency {
            fields.refuse(
                "emergency", "expected no emergency with the ring root: the old root key is out of use at once")
        }
        fields.end()
        try faults.throwIfAny()
        if ring == Self.rootRing {
            let (id, previous) = try await operations.rotateRootKey(actor: request.actor)
            return .json(["items": [], "root_key": ["id": .string(id), "previous": .string(previous)]])
        }
        let selector = Self.selector(ring)
        let versions =
            isEmergency
            ? try await operations.rotateKeysInEmergency(selector, reason: reason, actor: request.actor)
            : try await operations.rotateKeys(selector, actor: request.actor)
        var answer: JSONObject = ["items": .array(versions.map(AdminJSON.key))]
        // What was done is done, whether this can be read or not.
        let waiting = (try? await operations.ringsWithoutKey()) ?? []
        if !waiting.isEmpty { answer["without_key"] = .array(waiting.map { .string($0.id) }) }
        return .json(.object(answer))
    }

    /// What the root key is called beside the rings; no ring has such an id.
    private static let rootRing = "root"

    private static func selector(_ ring: String?) -> RingSelector { ring == "all" ? .all : .ring(ring ?? "") }

    private func prepare(_ request: AdminRequest) async throws -> AdminAnswer {
        let faults = FaultCollector()
        let fields = try request.fields(faults)
        let ring = fields.required("ring") { $0.string() }
        fields.end()
        try faults.throwIfAny()
        let versions = try await operations.prepareKeys(Self.selector(ring), actor: request.actor)
        return .json(["items": .array(versions.map(AdminJSON.key))], status: 201)
    }

    private func exportKey(_ request: AdminRequest) async throws -> AdminAnswer {
        let faults = FaultCollector()
        let fields = try request.fields(faults)
        let recipient = fields.required("wrap_to") { field in
            field.node.json?.objectValue.flatMap { try? JWK($0) }
                ?? {
                    field.fail(expected: "a public key as a JWK")
                    return nil
                }()
        }
        fields.end()
        try faults.throwIfAny()
        guard let recipient, let kid = request.path["kid"], ResourceName.isScope(kid) else {
            throw Problem(.resourceNotFound, detail: "no key version has this kid")
        }
        let token = try await operations.exportKey(kid, to: recipient, actor: request.actor)
        return .json(["kid": .string(kid), "jwe": .string(token)])
    }

    private func revokeKey(_ request: AdminRequest) async throws -> AdminAnswer {
        let faults = FaultCollector()
        let fields = try request.fields(faults)
        let reason = fields.optional("reason", default: "") { $0.reason() }
        fields.end()
        try faults.throwIfAny()
        guard let kid = request.path["kid"], ResourceName.isScope(kid) else {
            throw Problem(.resourceNotFound, detail: "no key version has this kid")
        }
        try await operations.revokeKey(kid, reason: reason, actor: request.actor)
        return .noContent
    }

    /// The operations on revocations of tokens.
    var revocations: [AdminEndpoint] {
        [
            AdminEndpoint(
                id: "listRevocations", method: .get, path: "revocations", summary: "The revocations, newest first.",
                query: AdminEndpoint.paging,
                answers: [.init(schema: "RevocationPage", description: "A page of revocations.")],
                handle: { request in
                    let page = try Page(request.query)
                    let records = try await operations.listRevocations(
                        before: page.number(), limit: page.limit + 1)
                    return .json(page.json(records, key: { String($0.sequence) }, AdminJSON.revocation))
                }),
            AdminEndpoint(
                id: "revoke", method: .post, path: "revocations",
                summary:
                    "Revoke tokens by one attribute; in force when the answer comes. A kid takes its key out of use too.",
                body: "NewRevocation",
                answers: [.init(schema: "Revocation", status: 201, description: "What was revoked.")],
                handle: revoke),
        ]
    }

    private func revoke(_ request: AdminRequest) async throws -> AdminAnswer {
        let faults = FaultCollector()
        let fields = try request.fields(faults)
        let kind = fields.required("kind") { $0.choice(of: Revocation.Kind.self) }
        let value = fields.required("value") { field in
            field.string("1 to 512 octets") { (1...512).contains($0.utf8.count) ? $0 : nil }
        }
        let reason = fields.optional("reason", default: "") { $0.reason() }
        fields.end()
        try faults.throwIfAny()
        guard let kind, let value else { throw Problem(.requestMalformed) }
        let revocation = try await operations.revoke(kind, value, reason: reason, actor: request.actor)
        return .json(.object(AdminJSON.revocation(revocation)), status: 201)
    }
}

extension FieldValue {
    /// A text for the audit log.
    fileprivate func reason() -> String? {
        string("at most 500 octets") { $0.utf8.count <= 500 ? $0 : nil }
    }
}
