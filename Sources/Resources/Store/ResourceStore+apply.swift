import KeyManagement
import Store

/// What an apply did, or with `dryRun` would do.
package struct ApplyResult: Sendable {
    /// What became of one resource.
    package enum Action: String, Sendable, CaseIterable {
        case created
        case updated
        case unchanged
        case deleted
    }

    /// One resource's line.
    package struct Change: Sendable, Hashable {
        /// The resource.
        package let key: ResourceKey
        /// What became of it.
        package let action: Action
        /// Its present revision, for a deletion the one that records it; nil in a dry run that would make one.
        package let revision: Int?
    }

    /// Every resource that was named or deleted, in the order of application.
    package var changes: [Change] = []
    /// The secrets that were made; shown now and never again. None in a dry run.
    package var secrets: [IssuedSecret] = []
    /// Whether nothing was really done.
    package var isDryRun = false
}

extension ResourceStore {
    /// Brings the store to what the documents say.
    ///
    /// - Parameters:
    ///   - prune: Delete every resource that no document names. Refused without any document.
    ///   - dryRun: Check and tell, and change nothing.
    /// - Throws: ``ResourceErrors`` with every fault; nothing is changed then.
    package func apply(
        _ documents: [ResourceDocument], prune: Bool, dryRun: Bool, actor: String
    ) async throws -> ApplyResult {
        try Self.checkRepeated(documents)
        if prune, documents.isEmpty {
            throw ResourceErrors(
                ResourceFault(path: "documents", message: "expected at least one document with prune, got none"))
        }
        try checkDevices(for: documents)
        if dryRun {
            return try await database.read { connection in
                let plan = try Plan(documents, prune: prune, on: connection)
                return ApplyResult(changes: plan.steps.map(\.preview), isDryRun: true)
            }
        }
        let prepared = try await prepareKeys { try Plan(documents, prune: prune, on: $0) }
        let (keyStore, now) = (keyStore, clock.now())
        return try await keyStore.using(prepared) { connection in
            let plan = try Plan(documents, prune: prune, on: connection)
            let writer = ResourceWriter(
                connection: connection, keyStore: keyStore, prepared: prepared, actor: actor, now: now)
            return try writer.run(plan)
        }
    }

    /// Creates or replaces one resource.
    ///
    /// - Returns: What was done, and the resource as it is stored now.
    /// - Throws: ``ResourceErrors``; ``ResourceError`` `precondition-failed`.
    package func put(
        _ document: ResourceDocument, expecting expectation: RevisionExpectation = .none, actor: String
    ) async throws -> (result: ApplyResult, stored: StoredResource) {
        try checkDevices(for: [document])
        let prepared = try await prepareKeys { connection in
            try expectation.check(ResourceKey(document), on: connection)
            return try Plan([document], prune: false, on: connection)
        }
        let (keyStore, now) = (keyStore, clock.now())
        return try await keyStore.using(prepared) { connection in
            try expectation.check(ResourceKey(document), on: connection)
            let plan = try Plan([document], prune: false, on: connection)
            let writer = ResourceWriter(
                connection: connection, keyStore: keyStore, prepared: prepared, actor: actor, now: now)
            let result = try writer.run(plan)
            guard let stored = try ResourceRows.one(ResourceKey(document), on: connection) else {
                throw ResourceError(.storedInvalid, "\(ResourceKey(document)) was written and is not there")
            }
            return (result, stored)
        }
    }

    /// Deletes a resource and refuses the tokens that were issued for it.
    ///
    /// - Throws: ``ResourceError``: `resource-not-found`, `precondition-failed`, or `conflict` when another resource
    ///   still refers to it.
    package func delete(
        _ key: ResourceKey, expecting expectation: RevisionExpectation = .none, actor: String
    ) async throws -> ApplyResult {
        let (keyStore, now) = (keyStore, clock.now())
        return try await database.write { connection in
            guard try ResourceRows.one(key, on: connection) != nil else {
                throw ResourceError(.notFound, "there is no \(key)")
            }
            try expectation.check(key, on: connection)
            let plan: Plan
            do {
                plan = try Plan(deleting: key, on: connection)
            } catch let faults as ResourceErrors {
                throw ResourceError(
                    .conflict, "\(key) is still in use: \(faults.faults.map(\.path).joined(separator: "; "))")
            }
            let writer = ResourceWriter(
                connection: connection, keyStore: keyStore, prepared: PreparedKeys(), actor: actor, now: now)
            return try writer.run(plan)
        }
    }

    /// Makes the keys that a plan will need, before its transaction. The plan is made again there, on what is stored by
    /// then; here it also refuses what can't be applied, before any key is made for it.
    private func prepareKeys(
        for plan: @escaping @Sendable (any SQLConnection) throws -> Plan
    ) async throws -> PreparedKeys {
        let rings = try await database.read { Set(try plan($0).steps.flatMap(\.rings)) }
        return try await keyStore.prepareKeys(for: rings)
    }

    /// Whether there is a device that can keep the keys that the documents ask for.
    private func checkDevices(for documents: [ResourceDocument]) throws(ResourceErrors) {
        var faults: [ResourceFault] = []
        for document in documents {
            guard case .api(let spec) = document.content else { continue }
            let api = APIResource(name: document.name, revision: 0, spec: spec)
            for ring in api.rings {
                do throws(KeyError) {
                    try keyStore.checkDevice(for: ring)
                } catch {
                    faults.append(document.places.fault(path: "spec.token.profile", message: error.reason))
                    break
                }
            }
        }
        if let errors = ResourceErrors(faults) { throw errors }
    }

    /// Several files can name one resource; each file alone was checked by the parser.
    private static func checkRepeated(_ documents: [ResourceDocument]) throws(ResourceErrors) {
        var seen: [ResourceKey: ResourceDocument] = [:]
        var faults: [ResourceFault] = []
        for document in documents {
            if let first = seen[ResourceKey(document)] {
                let place = first.location(of: "name").map { ", first at \($0)" } ?? ""
                faults.append(
                    document.places.fault(
                        path: "name", message: "expected each resource once, got \(ResourceKey(document)) again\(place)"
                    ))
            } else {
                seen[ResourceKey(document)] = document
            }
        }
        if let errors = ResourceErrors(faults) { throw errors }
    }
}
