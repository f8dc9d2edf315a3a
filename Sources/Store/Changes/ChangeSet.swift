/// What a commit can change for those who keep it in memory.
package enum ChangeTopic: String, Sendable, CaseIterable {
    /// APIs and clients.
    case resources
    /// Key rings and the state of their versions.
    case keys
    /// Revoked tokens, families, subjects, clients and keys.
    case revocations
}

/// What one commit, or several taken together, changed.
package struct ChangeSet: Sendable, Equatable {
    package var topics: Set<ChangeTopic>
    /// The number of the last of these commits. It grows with each commit that notes a change and survives restarts.
    package var epoch: Int64

    package init(topics: Set<ChangeTopic>, epoch: Int64) {
        self.topics = topics
        self.epoch = epoch
    }
}
