import JOSE
import KeyManagement
import Store

/// Carries out a plan in one transaction.
struct ResourceWriter {
    let connection: any SQLConnection
    let keyStore: KeyStore
    /// Keys for the rings that were missing when the plan was first made.
    let prepared: PreparedKeys
    let actor: String
    let now: Timestamp

    func run(_ plan: Plan) throws -> ApplyResult {
        var result = ApplyResult()
        for step in plan.steps {
            let revision = try apply(step)
            result.changes.append(ApplyResult.Change(key: step.key, action: step.action, revision: revision))
            if case .client(let spec)? = step.content, let secret = try issueSecretIfMissing(step.key.name, spec) {
                result.secrets.append(secret)
            }
        }
        try keyStore.supersedeRings(except: plan.rings, actor: actor, on: connection)
        return result
    }

    private func apply(_ step: Plan.Step) throws -> Int? {
        switch step.action {
        case .unchanged:
            // Rings can be missing after a restore from an export; ensuring them again costs one query.
            try ensureRings(step)
            return step.stored?.revision
        case .created, .updated:
            let text = step.content.map { JSONValue.object($0.json(.full)).serializedString(pretty: false) }
            let revision = try ResourceRows.write(step.key, spec: text, actor: actor, at: now, on: connection)
            try ensureRings(step)
            try supersedeForm(step)
            try audit(step, revision: revision)
            return revision
        case .deleted:
            let revision = try ResourceRows.write(step.key, spec: nil, actor: actor, at: now, on: connection)
            if step.key.kind == .client { try ClientSecrets.remove(step.key.name, on: connection) }
            try supersedeForm(step)
            try revokeTokens(of: step.key)
            try audit(step, revision: revision)
            return revision
        }
    }

    private func ensureRings(_ step: Plan.Step) throws {
        for ring in step.rings {
            try keyStore.ensureRing(ring, prepared: prepared, actor: actor, on: connection)
        }
    }

    /// Tokens of the policy that ends are accepted until they have expired.
    private func supersedeForm(_ step: Plan.Step) throws {
        guard let api = step.superseded else { return }
        try keyStore.supersede(
            api.form, of: api.name, lifetime: api.spec.token.lifetime.wholeSeconds, on: connection)
    }

    /// A client that changed to keys loses its secret: one way to prove who it is, not two.
    private func issueSecretIfMissing(_ client: String, _ spec: ClientSpec) throws -> IssuedSecret? {
        guard spec.authentication.usesSecret else {
            try ClientSecrets.remove(client, on: connection)
            return nil
        }
        guard try !ClientSecrets.exists(client, on: connection) else { return nil }
        return try ClientSecrets.issue(client, actor: actor, at: now, on: connection)
    }

    /// A name can be taken again: what was issued for the old bearer of the name must not work for the new one.
    private func revokeTokens(of key: ResourceKey) throws {
        let revocation = Revocation(
            kind: key.kind == .api ? .api : .client, value: key.name, notBefore: now,
            expiresAt: now + (TokenPolicy.lifetimes.upperBound.wholeSeconds + RevocationStore.slack),
            reason: "\(key) was deleted")
        try RevocationStore.add(revocation, actor: actor, at: now, on: connection)
    }

    private func audit(_ step: Plan.Step, revision: Int) throws {
        let verb =
            switch step.action {
            case .created: "create"
            case .updated: "update"
            case .deleted: "delete"
            case .unchanged: "keep"
            }
        let detail: JSONValue = ["revision": .integer(Int64(revision))]
        try AuditLog.append(
            AuditEntry(
                at: now, actor: actor, action: "resource.\(verb)", target: step.key.description,
                detail: detail.serializedString(pretty: false)),
            to: connection)
    }
}
