import CEventLoop
import Synchronization

/// Every upstream address of the process, by number, and what names resolve to. Shared by all loops.
///
/// Numbers are handed out when a snapshot is built, so that a request carries a number and no string. Names are looked
/// up on a thread of their own, since `getaddrinfo` blocks, and kept for `timeToLive`; when that is over, the old answer
/// serves while a new one is fetched.
package final class UpstreamDirectory: Sendable {
    /// What is known about an upstream's addresses.
    enum Resolution: Sendable {
        case known([SocketAddress])
        /// The mailbox gets `.resolved` when it changes.
        case pending
        case failed
    }

    private struct Entry {
        let address: UpstreamAddress
        /// The host is an address itself.
        let isLiteral: Bool
        var addresses: [SocketAddress]
        var expiresAt: Int64
        var fetchedAt = Int64.min
        var isFetching = false
        var waiting: [Mailbox] = []
    }

    private struct State {
        var identifiers: [UpstreamAddress: UpstreamID] = [:]
        var entries: [Entry] = []
    }

    private let state = Mutex(State())
    private let timeToLive: Int64
    private let failureTimeToLive: Int64
    private let look: @Sendable (UpstreamAddress) -> [SocketAddress]

    /// Names are looked up again after `timeToLive`, and after `failureTimeToLive` when there was no answer.
    package convenience init(
        timeToLive: Duration = .seconds(30), failureTimeToLive: Duration = .seconds(1)
    ) {
        self.init(timeToLive: timeToLive, failureTimeToLive: failureTimeToLive) {
            SocketAddress.resolve($0, numericOnly: false)
        }
    }

    init(
        timeToLive: Duration, failureTimeToLive: Duration,
        look: @escaping @Sendable (UpstreamAddress) -> [SocketAddress]
    ) {
        self.timeToLive = timeToLive.nanoseconds
        self.failureTimeToLive = failureTimeToLive.nanoseconds
        self.look = look
    }

    /// The number of an address: the same for the same address, as long as the process runs.
    package func identifier(for address: UpstreamAddress) -> UpstreamID {
        state.withLock { state in
            if let known = state.identifiers[address] { return known }
            let literal = SocketAddress.resolve(address, numericOnly: true)
            let made = UpstreamID(index: state.entries.count)
            state.entries.append(
                Entry(
                    address: address, isLiteral: !literal.isEmpty, addresses: literal,
                    expiresAt: literal.isEmpty ? .min : .max))
            state.identifiers[address] = made
            return made
        }
    }

    /// The addresses of an upstream; starts a look-up if they are unknown or old.
    func addresses(of upstream: UpstreamID, now: Int64, notify mailbox: Mailbox) -> Resolution {
        let (resolution, wanted) = state.withLock { state -> (Resolution, UpstreamAddress?) in
            guard state.entries.indices.contains(upstream.index) else { return (.failed, nil) }
            var entry = state.entries[upstream.index]
            if now < entry.expiresAt {
                return (entry.addresses.isEmpty ? .failed : .known(entry.addresses), nil)
            }
            let starts = !entry.isFetching
            entry.isFetching = true
            if entry.addresses.isEmpty, !entry.waiting.contains(where: { $0 === mailbox }) {
                entry.waiting.append(mailbox)
            }
            state.entries[upstream.index] = entry
            return (entry.addresses.isEmpty ? .pending : .known(entry.addresses), starts ? entry.address : nil)
        }
        if let wanted { fetch(wanted, for: upstream) }
        return resolution
    }

    /// No address of an upstream answered: its name is looked up anew before its time, though not sooner than after a
    /// look-up that failed. The old answer serves meanwhile: the resolver may be away, and the upstream come back.
    func distrust(_ upstream: UpstreamID, now: Int64) {
        let wanted = state.withLock { state -> UpstreamAddress? in
            guard state.entries.indices.contains(upstream.index) else { return nil }
            var entry = state.entries[upstream.index]
            guard !entry.isLiteral, !entry.isFetching else { return nil }
            let soonest = entry.fetchedAt + failureTimeToLive
            let starts = now >= soonest
            if starts { entry.isFetching = true } else { entry.expiresAt = min(entry.expiresAt, soonest) }
            state.entries[upstream.index] = entry
            return starts ? entry.address : nil
        }
        if let wanted { fetch(wanted, for: upstream) }
    }

    /// One short-lived thread per look-up; at most one look-up per upstream at a time.
    private func fetch(_ address: UpstreamAddress, for upstream: UpstreamID) {
        let started = LoopThread.start { [self] in store(look(address), for: upstream) }
        if !started { store([], for: upstream) }
    }

    private func store(_ found: [SocketAddress], for upstream: UpstreamID) {
        let now = el_monotonic_nanoseconds()
        let waiting = state.withLock { state in
            var entry = state.entries[upstream.index]
            let waiting = entry.waiting
            // A failed refresh keeps the old answer: a resolver's outage is no outage of the upstream.
            if !found.isEmpty { entry.addresses = found }
            entry.expiresAt = now + (found.isEmpty ? failureTimeToLive : timeToLive)
            entry.fetchedAt = now
            entry.isFetching = false
            entry.waiting = []
            state.entries[upstream.index] = entry
            return waiting
        }
        for mailbox in waiting { mailbox.post(.resolved(upstream)) }
    }
}
