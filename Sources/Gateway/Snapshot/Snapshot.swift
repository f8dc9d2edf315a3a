import Resources

/// Everything that a request is judged by, at one moment: immutable, swapped whole.
///
/// Parts that a change does not touch are shared with the snapshot before, so that a revocation costs neither routes
/// nor keys.
final class Snapshot: Sendable {
    /// Grows with each snapshot of the process; what was found against one epoch holds for all of it.
    let epoch: UInt64
    let router: Router
    let routes: [CompiledRoute]
    let apis: [CompiledAPI]
    let clients: [String: ClientEntry]
    let revocations: RevocationIndex
    /// A change could not be read: guarded routes are closed, since a revocation may be among what is not known.
    let isStale: Bool

    init(
        epoch: UInt64, router: Router, routes: [CompiledRoute], apis: [CompiledAPI],
        clients: [String: ClientEntry], revocations: RevocationIndex, isStale: Bool
    ) {
        self.epoch = epoch
        self.router = router
        self.routes = routes
        self.apis = apis
        self.clients = clients
        self.revocations = revocations
        self.isStale = isStale
    }

    /// A snapshot that matches nothing.
    static let empty = Snapshot(
        epoch: 0, router: Router([]), routes: [], apis: [], clients: [:], revocations: RevocationIndex(),
        isStale: false)
}

/// What the data path knows about a client.
struct ClientEntry: Sendable {
    /// The number of the client's name in events.
    let number: UInt32
    let standing: ClientStanding
}
