import KeyManagement
import Store

/// What to do to get from the stored state to a wanted one; it only exists when the wanted state is consistent.
struct Plan {
    /// What to do with one resource.
    struct Step {
        let key: ResourceKey
        let action: ApplyResult.Action
        /// The wanted content; nil for a deletion.
        let content: ResourceDocument.Content?
        /// What is stored now.
        let stored: StoredResource?

        /// The key rings that must be there afterwards.
        var rings: [RingSpec] { content?.rings(name: key.name) ?? [] }

        /// The API whose tokens were made in a way that ends with this step, or lived longer than they will; nil when
        /// there is none.
        var superseded: APIResource? {
            guard case .api(let old)? = stored?.document.content else { return nil }
            if case .api(let new)? = content, new.token == old.token { return nil }
            return APIResource(name: key.name, revision: 0, spec: old)
        }

        /// The step as a dry run tells it.
        var preview: ApplyResult.Change {
            ApplyResult.Change(key: key, action: action, revision: action == .unchanged ? stored?.revision : nil)
        }
    }

    let steps: [Step]
    /// The key rings of every API of the state that it leads to.
    let rings: Set<RingSpec>

    /// - Throws: ``ResourceErrors`` when the state that it leads to is not consistent.
    init(_ documents: [ResourceDocument], prune: Bool, on connection: any SQLConnection) throws {
        let stored = try ResourceRows.all(on: connection)
        var steps = documents.map { document in
            let present = stored[ResourceKey(document)]
            let action: ApplyResult.Action =
                switch present?.document.content {
                case nil: .created
                case document.content?: .unchanged
                default: .updated
                }
            return Step(key: ResourceKey(document), action: action, content: document.content, stored: present)
        }
        if prune {
            let named = Set(documents.map { ResourceKey($0) })
            steps += stored.keys.filter { !named.contains($0) }.sorted().map {
                Step(key: $0, action: .deleted, content: nil, stored: stored[$0])
            }
        }
        try self.init(steps, from: stored, documents: documents)
    }

    init(deleting key: ResourceKey, on connection: any SQLConnection) throws {
        let stored = try ResourceRows.all(on: connection)
        try self.init(
            [Step(key: key, action: .deleted, content: nil, stored: stored[key])], from: stored, documents: [])
    }

    private init(
        _ steps: [Step], from stored: [ResourceKey: StoredResource], documents: [ResourceDocument]
    ) throws(ResourceErrors) {
        var state = stored.mapValues(\.document.content)
        for step in steps { state[step.key] = step.content }
        try ReferenceCheck(state, documents: documents).run()
        self.steps = steps
        rings = Set(state.flatMap { $0.value.rings(name: $0.key.name) })
    }
}

extension ResourceDocument.Content {
    /// The key rings that an API of this name and content needs.
    fileprivate func rings(name: String) -> [RingSpec] {
        guard case .api(let spec) = self else { return [] }
        return APIResource(name: name, revision: 0, spec: spec).rings
    }
}
