import KeyManagement
import KeyProviders
import Logging
import Monitoring
import Store

/// The devices of a server: what wraps its root key, and what keeps or seals keys of its tokens; one device may do both.
struct Providers: Sendable {
    let rootKey: (any KeyProvider)?
    let tokenKeys: (any KeyProvider)?
    /// What is known of each, by its use.
    let health: [(use: String, health: ProviderHealth)]
    /// Each once.
    private let all: [(use: String, provider: any KeyProvider)]

    /// Asks nothing of them.
    init(_ configuration: ServerConfiguration, clock: WallClock, logger: Logger) throws {
        rootKey = try configuration.rootKeyProvider.map(Self.make)
        let own = try configuration.keyProvider.map(Self.make)
        tokenKeys = own ?? rootKey
        all = [("root-key", rootKey), ("token-keys", own)].compactMap { use, provider in provider.map { (use, $0) } }
        health = all.map { use, provider in
            var logger = logger
            logger[metadataKey: "use"] = .string(use)
            return (use, ProviderHealth(provider, clock: clock, logger: logger))
        }
    }

    /// Asks all of them whether they work, again and again, until the task is cancelled.
    func watch() async {
        await withDiscardingTaskGroup { group in
            for (_, health) in health { group.addTask { await health.run() } }
        }
    }

    static func make(_ choice: ServerConfiguration.ProviderChoice) throws -> any KeyProvider {
        var settings = choice.settings
        guard let provider = ProviderRegistry.make(choice.name, &settings) else {
            throw CommandFailure.bug("the settings of \(choice.path) were checked and can't be used")
        }
        return provider
    }

    func register(in metrics: MetricsRegistry) {
        registerHealth(in: metrics)
        let figures: [(name: String, help: String, value: @Sendable (ProviderStatistics) -> Int64)] = [
            ("answered", "Calls that the key provider answered.", { $0.answered }),
            ("failed", "Calls to the key provider that failed after all repetitions.", { $0.failed }),
            ("retried", "Repeated calls to the key provider.", { $0.retried }),
            ("refused", "Calls that were not made, since the key provider had failed again and again.", { $0.refused }),
            ("available", "Whether calls to the key provider are made at present.", { $0.isAvailable ? 1 : 0 }),
        ]
        for (use, provider) in all {
            let labels: MetricLabels = ["provider": provider.kind, "use": use]
            for figure in figures {
                metrics.gauge("signet_key_provider_\(figure.name)", help: figure.help, labels: labels) {
                    figure.value(provider.statistics)
                }
            }
        }
    }

    /// What the watch finds out.
    private func registerHealth(in metrics: MetricsRegistry) {
        for ((use, provider), (_, health)) in zip(all, health) {
            let labels: MetricLabels = ["provider": provider.kind, "use": use]
            metrics.gauge(
                "signet_key_provider_healthy", help: "Whether the key provider worked when it was last asked.",
                labels: labels
            ) { health.report.isHealthy ? 1 : 0 }
            metrics.gauge(
                "signet_key_provider_last_success_timestamp_seconds",
                help: "When the key provider last answered that it works; 0: not since this process began.",
                labels: labels
            ) { health.report.lastSuccess?.seconds ?? 0 }
        }
    }

    func close() async {
        for (_, provider) in all { await provider.close() }
    }
}
