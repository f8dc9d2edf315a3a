import KeyManagement
import KeyProviders
import Monitoring

/// The devices of a server: what wraps its root key, and what keeps or seals keys of its tokens; one device may do both.
struct Providers: Sendable {
    let rootKey: (any KeyProvider)?
    let tokenKeys: (any KeyProvider)?
    /// Each once.
    private let all: [(use: String, provider: any KeyProvider)]

    /// Asks nothing of them.
    init(_ configuration: ServerConfiguration) throws {
        rootKey = try configuration.rootKeyProvider.map(Self.make)
        let own = try configuration.keyProvider.map(Self.make)
        tokenKeys = own ?? rootKey
        all = [("root-key", rootKey), ("token-keys", own)].compactMap { use, provider in provider.map { (use, $0) } }
    }

    private static func make(_ choice: ServerConfiguration.ProviderChoice) throws -> any KeyProvider {
        var settings = choice.settings
        guard let provider = ProviderRegistry.make(choice.name, &settings) else {
            throw CommandFailure.bug("the settings of \(choice.path) were checked and can't be used")
        }
        return provider
    }

    func register(in metrics: MetricsRegistry) {
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

    func close() async {
        for (_, provider) in all { await provider.close() }
    }
}
