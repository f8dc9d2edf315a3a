import JOSE
import Store

/// The audit entry of a change to a key version.
struct KeyAudit {
    var at: Timestamp
    var actor: String
    var action: String
    var version: StoredVersion
    /// What else there is to say, such as the reason of a revocation.
    var more: JSONObject = [:]

    func append(to connection: any SQLConnection) throws(StoreError) {
        var detail: JSONObject = [
            "ring": .string(version.ring.id), "number": .integer(version.number),
            "state": .string(version.lifecycle.state.rawValue),
        ]
        for (name, value) in more { detail[name] = value }
        let text = JSONValue.object(detail).serializedString(pretty: false)
        try AuditLog.append(
            AuditEntry(at: at, actor: actor, action: action, target: version.kid, detail: text), to: connection)
    }
}
