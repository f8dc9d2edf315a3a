import KeyManagement
import KeyProviders
import Logging
import Monitoring
import Store

/// The devices of a server: what wraps its root key, and what keeps or seals keys of its tokens; one device may do both.
struct Providers: Sendable {
    /// One of them, with all that it is used for.
    private struct Device: Sendable {
        let uses: [String]
        let provider: any KeyProvider
        let health: ProviderHealth
    }

    let rootKey: (any KeyProvider)?
    let tokenKeys: (any KeyProvider)?
    private let devices: [Device]

    /// Asks nothing of them.
    init(_ configuration: ServerConfiguration, clock: WallClock, logger: Logger) throws {
        try self.init(
            rootKey: configuration.rootKeyProvider.map(Self.make), own: configuration.keyProvider.map(Self.make),
            clock: clock, logger: logger)
    }

    /// - Parameter own: what keys of tokens have to themselves; nil: that of the root key.
    init(rootKey: (any KeyProvider)?, own: (any KeyProvider)?, clock: WallClock, logger: Logger) {
        self.rootKey = rootKey
        tokenKeys = own ?? rootKey
        let rootKeyUses = own == nil ? ["root-key", "token-keys"] : ["root-key"]
        devices = [(rootKeyUses, rootKey), (["token-keys"], own)].compactMap { uses, provider in
            guard let provider else { return nil }
            var logger = logger
            logger[metadataKey: "use"] = .string(uses.joined(separator: ", "))
            return Device(
                uses: uses, provider: provider, health: ProviderHealth(provider, clock: clock, logger: logger))
        }
    }

    /// What is known of each, by its use: a device with two uses is there twice.
    var health: [(use: String, health: ProviderHealth)] {
        devices.flatMap { device in device.uses.map { ($0, device.health) } }
    }

    /// Asks all of them whether they work, again and again, until the task is cancelled.
    func watch() async {
        await withDiscardingTaskGroup { group in
            for device in devices { group.addTask { await device.health.run() } }
        }
    }

    static func make(_ choice: ServerConfiguration.ProviderChoice) throws -> any KeyProvider {
        var settings = choice.settings
        guard let provider = ProviderRegistry.make(choice.name, &settings) else {
            throw CommandFailure.bug("the settings of \(choice.path) were checked and can't be used")
        }
        return provider
    }

    func close() async {
        for device in devices { await device.provider.close() }
    }
}

// MARK: Metrics

extension Providers {
    /// One series for each use, so that an alert for a use need not know whether it has a device to itself.
    func register(in metrics: MetricsRegistry) {
        for device in devices {
            for use in device.uses {
                let labels: MetricLabels = ["provider": device.provider.kind, "use": use]
                Self.register(device.provider, labels, in: metrics)
                Self.register(device.health, labels, in: metrics)
            }
        }
    }

    private static func register(
        _ provider: any KeyProvider, _ labels: MetricLabels, in metrics: MetricsRegistry
    ) {
        let counters: [(name: String, help: String, value: @Sendable (ProviderStatistics) -> Int64)] = [
            ("answered", "Calls that the key provider answered.", { $0.answered }),
            ("failed", "Calls to the key provider that failed after all repetitions.", { $0.failed }),
            ("retried", "Repeated calls to the key provider.", { $0.retried }),
            (
                "refused",
                "Calls that were not made: the key provider had failed again and again, or too many were under way.",
                { $0.refused }
            ),
        ]
        for counter in counters {
            metrics.counter("signet_key_provider_\(counter.name)_total", help: counter.help, labels: labels) {
                counter.value(provider.statistics)
            }
        }
        metrics.gauge(
            "signet_key_provider_available", help: "Whether calls to the key provider are made at present.",
            labels: labels
        ) { provider.statistics.isAvailable ? 1 : 0 }
    }

    /// What the watch finds out.
    private static func register(_ health: ProviderHealth, _ labels: MetricLabels, in metrics: MetricsRegistry) {
        metrics.gauge(
            "signet_key_provider_healthy",
            help: "Whether the key provider did what it is used for when it was last asked.", labels: labels
        ) { health.report.isHealthy ? 1 : 0 }
        metrics.gauge(
            "signet_key_provider_last_success_timestamp_seconds",
            help: "When the key provider was last found to work; 0: not since this process began.", labels: labels
        ) { health.report.lastSuccess?.seconds ?? 0 }
    }
}
