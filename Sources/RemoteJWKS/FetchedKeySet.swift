/// What a fetch has brought.
enum FetchedKeySet: Sendable {
    /// A set, what it is marked with, and how long it may be used.
    case set(KeySet, etag: String?, lifetime: Duration)
    /// The set that is held is still the one, for so long.
    case notModified(lifetime: Duration)
}
