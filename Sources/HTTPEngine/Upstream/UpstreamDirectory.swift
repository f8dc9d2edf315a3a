import Synchronization

/// Every upstream address of the process, by number. Shared by all loops; asked when a snapshot is built, so that a
/// request carries a number and no string.
package final class UpstreamDirectory: Sendable {
    private struct State {
        var identifiers: [UpstreamAddress: UpstreamID] = [:]
        var addresses: [UpstreamAddress] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// The number of an address: the same for the same address, as long as the process runs.
    package func identifier(for address: UpstreamAddress) -> UpstreamID {
        state.withLock { state in
            if let known = state.identifiers[address] { return known }
            let made = UpstreamID(index: state.addresses.count)
            state.addresses.append(address)
            state.identifiers[address] = made
            return made
        }
    }
}
