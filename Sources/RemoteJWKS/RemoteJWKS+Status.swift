public import JOSE

extension RemoteJWKS {
    /// What is known of a remote key set at one moment, for metrics and for people.
    public struct Status: Sendable {
        /// How often something happened since the start.
        public struct Counts: Sendable, Hashable {
            /// Fetches that were begun.
            public internal(set) var fetches = 0
            /// Fetches that found the set unchanged (304).
            public internal(set) var notModified = 0
            /// Fetches that brought nothing.
            public internal(set) var failures = 0
        }

        /// The number of usable keys.
        public let keys: Int
        /// Why other keys of the set were passed over.
        public let passedOver: [JOSEError]
        /// Whether the set need not be fetched again yet.
        public let isFresh: Bool
        /// Whether there is a set that may be used, fresh or not.
        public let isUsable: Bool
        /// Why the latest fetch brought nothing; nil when it brought something.
        public let lastFailure: RemoteJWKSError?
        /// How often something happened.
        public let counts: Counts
    }
}
