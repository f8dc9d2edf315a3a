import KeyManagement
import KeyProviders
import Logging
import Monitoring
import Store
import Testing

@testable import signet

@Suite("The devices of a server")
struct ProvidersTests {
    private func provider(_ path: String) throws -> any KeyProvider {
        var settings = ProviderSettings(path: path, values: ["address": "http://127.0.0.1:1", "token": "t"])
        return try #require(ProviderRegistry.make("transit", &settings))
    }

    private func series(_ providers: Providers) -> [String] {
        let metrics = MetricsRegistry()
        providers.register(in: metrics)
        return metrics.prometheusText().split(separator: "\n").map(String.init)
    }

    @Test("one device for both has a line and its figures for each use")
    func shared() throws {
        let providers = Providers(
            rootKey: try provider("root_key.transit"), own: nil, clock: .system, logger: Logger(label: "test"))
        #expect(
            Readiness([], providers: providers.health).providerPhrases == [
                "key provider of root-key: not asked yet", "key provider of token-keys: not asked yet",
            ])
        let lines = series(providers)
        for use in ["root-key", "token-keys"] {
            let labels = #"{provider="transit",use="\#(use)"}"#
            for name in ["answered", "failed", "retried", "refused"] {
                #expect(lines.contains("signet_key_provider_\(name)_total\(labels) 0"))
                #expect(lines.contains("# TYPE signet_key_provider_\(name)_total counter"))
            }
            #expect(lines.contains("signet_key_provider_available\(labels) 1"))
            #expect(lines.contains("signet_key_provider_healthy\(labels) 0"))
        }
        #expect(lines.contains("# TYPE signet_key_provider_available gauge"))
    }

    @Test("two devices have a use each")
    func separate() throws {
        let providers = Providers(
            rootKey: try provider("root_key.transit"), own: try provider("keys.transit"), clock: .system,
            logger: Logger(label: "test"))
        #expect(providers.health.map(\.use) == ["root-key", "token-keys"])
        #expect(series(providers).count { $0.hasPrefix("signet_key_provider_available{") } == 2)
    }
}
