import JOSE
import KeyManagement
import Resources
import Store

/// The JSON of what operations give back.
enum AdminJSON {
    static func applyResult(_ result: ApplyResult, issuer: String) -> JSONValue {
        [
            "dry_run": .bool(result.isDryRun),
            "changes": .array(
                result.changes.map { change in
                    [
                        "kind": .string(change.key.kind.rawValue), "name": .string(change.key.name),
                        "action": .string(change.action.rawValue),
                        "revision": change.revision.map { .integer(Int64($0)) } ?? .null,
                    ]
                }),
            "secrets": .array(result.secrets.map(secret)),
            "issuer": .string(issuer),
        ]
    }

    static func secret(_ secret: IssuedSecret) -> JSONValue {
        ["client_id": .string(secret.client), "client_secret": .string(secret.revealed)]
    }

    static func resource(_ stored: StoredResource) -> JSONValue {
        [
            "kind": .string(stored.document.kind.rawValue), "name": .string(stored.document.name),
            "revision": .integer(Int64(stored.revision)),
            "spec": stored.document.json(.full)["spec"] ?? .null,
            "created_at": time(stored.createdAt), "updated_at": time(stored.updatedAt),
        ]
    }

    static func revision(_ revision: ResourceRevision) -> JSONValue {
        [
            "revision": .integer(Int64(revision.revision)), "spec": revision.spec ?? .null,
            "actor": .string(revision.actor), "created_at": time(revision.createdAt),
        ]
    }

    static func key(_ version: KeyVersion) -> JSONValue {
        var object: JSONObject = [
            "ring": .string(version.ringID), "owner": .string(version.ring.owner.description),
            "purpose": .string(version.ring.purpose.rawValue), "algorithm": .string(version.ring.algorithm),
        ]
        if let curve = version.ring.curve { object["curve"] = .string(curve) }
        object["custody"] = .string(version.ring.custody.rawValue)
        object["number"] = .integer(Int64(version.number))
        object["kid"] = .string(version.kid)
        object["state"] = .string(version.state.rawValue)
        if let damage = version.damage { object["damage"] = .string(damage.rawValue) }
        let life = version.lifecycle
        let moments: [(String, Timestamp?)] = [
            ("created_at", life.createdAt), ("published_at", life.publishedAt), ("activated_at", life.activatedAt),
            ("superseded_at", life.supersededAt), ("retires_at", life.retiresAt), ("revoked_at", life.revokedAt),
            ("destroys_at", life.destroysAt),
        ]
        for (name, at) in moments { if let at { object[name] = time(at) } }
        if let jwk = version.publicJWK { object["public_jwk"] = .object(jwk.object(includingPrivate: false)) }
        return .object(object)
    }

    static func timeline(_ timeline: KeyTimeline) -> JSONValue {
        [
            "ring": .string(timeline.ring.id),
            "versions": .array(
                timeline.versions.map { version in
                    [
                        "number": .integer(Int64(version.number)),
                        "kid": version.kid.map { .string($0) } ?? .null,
                        "state": version.state.map { .string($0.rawValue) } ?? .null,
                        "events": .array(
                            version.events.map { event in
                                [
                                    "event": .string(event.what.rawValue), "at": time(event.at),
                                    "planned": .bool(event.isPlanned),
                                ]
                            }),
                    ]
                }),
        ]
    }

    static func revocation(_ record: RevocationRecord) -> JSONValue {
        var object = revocation(record.revocation)
        object["sequence"] = .integer(record.sequence)
        object["actor"] = .string(record.actor)
        object["created_at"] = time(record.createdAt)
        return .object(object)
    }

    static func revocation(_ revocation: Revocation) -> JSONObject {
        var object: JSONObject = ["kind": .string(revocation.kind.rawValue), "value": .string(revocation.value)]
        if let at = revocation.notBefore { object["not_before"] = time(at) }
        object["expires_at"] = time(revocation.expiresAt)
        object["reason"] = .string(revocation.reason)
        return object
    }

    static func audit(_ record: AuditRecord) -> JSONValue {
        let detail = try? JSONValue(parsing: record.entry.detail)
        return [
            "sequence": .integer(record.sequence), "at": time(record.entry.at), "actor": .string(record.entry.actor),
            "action": .string(record.entry.action), "target": .string(record.entry.target),
            "detail": detail ?? .string(record.entry.detail),
        ]
    }

    static func rewrap(_ progress: RewrapProgress) -> JSONValue {
        var object: JSONObject = [
            "state": .string(progress.state.rawValue), "total": .integer(progress.total),
            "done": .integer(progress.done), "failed": .integer(progress.failed),
            "failures": .array(
                progress.failures.map {
                    ["table": .string($0.table), "row": .string($0.row), "code": .string($0.code)]
                }),
        ]
        if let key = progress.dataKey { object["data_key"] = .string(key) }
        if let at = progress.startedAt { object["started_at"] = time(at) }
        if let at = progress.endedAt { object["ended_at"] = time(at) }
        return .object(object)
    }

    private static func time(_ moment: Timestamp) -> JSONValue { .string(RFC3339.text(moment)) }
}
