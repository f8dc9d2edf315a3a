import KeyManagement
import Synchronization

/// What `/readyz` answers: whether this process can do its work, and if not, what keeps it from that.
final class Readiness: Sendable {
    /// A part of the server that can fall behind.
    struct Part: Sendable {
        let name: String
        /// Whether every committed change is in force there.
        let isUpToDate: @Sendable () -> Bool
    }

    private let parts: [Part]
    private let providers: [(use: String, health: ProviderHealth)]
    private let damagedKeys: @Sendable () -> Int
    private let isDraining = Atomic(false)

    /// - Parameters:
    ///   - providers: the health of the devices of keys, by their use.
    ///   - damagedKeys: how many stored keys that are in use were left out.
    init(
        _ parts: [Part], providers: [(use: String, health: ProviderHealth)] = [],
        damagedKeys: @escaping @Sendable () -> Int = { 0 }
    ) {
        self.parts = parts
        self.damagedKeys = damagedKeys
        self.providers = providers
    }

    /// From here on new work is for other processes.
    func beginDraining() { isDraining.store(true, ordering: .releasing) }

    /// One phrase per obstacle; none: ready.
    var obstacles: [String] {
        let stale = parts.filter { !$0.isUpToDate() }.map { "\($0.name): a change could not be read" }
        return (isDraining.load(ordering: .acquiring) ? ["draining"] : []) + stale
    }

    /// A phrase about stored keys that can't be used; none is an obstacle: every server has the same store.
    var keyPhrases: [String] {
        let count = damagedKeys()
        return count == 0 ? [] : ["stored keys: \(count) damaged"]
    }

    /// A phrase for each key provider. None is an obstacle: loaded keys go on while a device is away, and servers that a load
    /// balancer leaves out for that, all at once since they share the device, would make a small outage a whole one. Anyone
    /// may read it, so it says no more than the kind of fault.
    var providerPhrases: [String] {
        providers.map { use, health in
            let report = health.report
            let state =
                report.fault.map { "degraded (\($0.rawValue))" } ?? (report.isHealthy ? "healthy" : "not asked yet")
            return "key provider of \(use): \(state)"
        }
    }
}
