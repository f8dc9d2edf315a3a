import Store

/// What a caller expects a resource to be before it changes it. Checked in the transaction that makes the change.
package enum RevisionExpectation: Sendable, Hashable {
    /// Nothing.
    case none
    /// It exists.
    case exists
    /// It does not exist.
    case absent
    /// Its present revision is this one.
    case revision(Int)

    /// - Throws: ``ResourceError`` `precondition-failed`.
    func check(_ key: ResourceKey, on connection: any SQLConnection) throws {
        guard self != .none else { return }
        let present = try ResourceRows.one(key, on: connection)?.revision
        guard let reason = refusal(key, present: present) else { return }
        throw ResourceError(.revisionMismatch, reason)
    }

    private func refusal(_ key: ResourceKey, present: Int?) -> String? {
        switch (self, present) {
        case (.none, _), (.exists, .some), (.absent, nil): nil
        case (.exists, nil), (.revision, nil): "\(key) does not exist"
        case (.absent, .some(let present)): "\(key) exists, with revision \(present)"
        case (.revision(let expected), .some(let present)):
            expected == present ? nil : "\(key) has revision \(present), not \(expected)"
        }
    }
}
