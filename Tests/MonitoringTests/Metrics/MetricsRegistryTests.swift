import Testing

@testable import Monitoring

@Suite struct MetricsRegistryTests {
    @Test func theSameNameAndLabelsAreTheSameSeries() {
        let registry = MetricsRegistry()
        registry.counter("signet_a_total", help: "A.", labels: ["x": "1", "y": "2"]).add(3)
        registry.counter("signet_a_total", help: "A.", labels: ["y": "2", "x": "1"]).add(4)
        #expect(registry.prometheusText().contains("signet_a_total{x=\"1\",y=\"2\"} 7\n"))
    }

    @Test func theTextHasHelpAndTypeOncePerFamilyAndASettledOrder() {
        let registry = MetricsRegistry()
        registry.gauge("signet_b", help: "B.", labels: ["k": "z"]).set(-2)
        registry.gauge("signet_b", help: "B.", labels: ["k": "a"]).set(1)
        registry.counter("signet_a_total", help: "A.").add()
        #expect(
            registry.prometheusText() == """
                # HELP signet_a_total A.
                # TYPE signet_a_total counter
                signet_a_total 1
                # HELP signet_b B.
                # TYPE signet_b gauge
                signet_b{k="a"} 1
                signet_b{k="z"} -2
                # HELP signet_metrics_series_dropped Label sets that were not exported because the registry is full.
                # TYPE signet_metrics_series_dropped gauge
                signet_metrics_series_dropped 0

                """)
    }

    @Test func aLabelValueCanNotForgeALine() {
        let registry = MetricsRegistry()
        registry.counter("signet_a_total", help: "A\nB\\", labels: ["x": "a\"} 9\nsignet_b 1\\"]).add()
        let text = registry.prometheusText()
        #expect(text.contains("# HELP signet_a_total A\\nB\\\\\n"))
        #expect(text.contains(#"signet_a_total{x="a\"} 9\nsignet_b 1\\"} 1"#))
        #expect(!text.split(separator: "\n").contains { $0.hasPrefix("signet_b") })
    }

    @Test func histogramBucketsAreCumulativeAndInTheExportedUnit() {
        let registry = MetricsRegistry()
        let histogram = registry.histogram(
            "signet_h_seconds", help: "H.", scale: HistogramScale(bounds: [1000, 2000], divisor: 1_000_000))
        for value in [1000, 1001, 5000] as [UInt64] { histogram.observe(value) }
        let text = registry.prometheusText()
        #expect(text.contains("signet_h_seconds_bucket{le=\"0.001\"} 1\n"))
        #expect(text.contains("signet_h_seconds_bucket{le=\"0.002\"} 2\n"))
        #expect(text.contains("signet_h_seconds_bucket{le=\"+Inf\"} 3\n"))
        #expect(text.contains("signet_h_seconds_sum 0.007001\n"))
        #expect(text.contains("signet_h_seconds_count 3\n"))
    }

    @Test func seriesBeyondTheBoundWorkButAreNotExported() {
        let registry = MetricsRegistry(maximumSeries: 2)
        for index in 0..<5 { registry.counter("signet_a_total", help: "A.", labels: ["i": "\(index)"]).add() }
        let text = registry.prometheusText()
        #expect(text.split(separator: "\n").filter { $0.hasPrefix("signet_a_total{") }.count == 2)
        #expect(text.contains("signet_metrics_series_dropped 3\n"))
    }

    @Test func aNameOfAnotherKindIsNotMixedIn() {
        let registry = MetricsRegistry()
        registry.counter("signet_a", help: "A.").add(5)
        registry.gauge("signet_a", help: "A.").set(9)
        #expect(registry.prometheusText().contains("signet_a 5\n"))
        #expect(!registry.prometheusText().contains("signet_a 9\n"))
    }

    @Test func aComputedGaugeIsReadWhenTheTextIsMade() {
        let registry = MetricsRegistry()
        let value = Gauge()
        registry.gauge("signet_g", help: "G.") { value.current }
        value.set(42)
        #expect(registry.prometheusText().contains("signet_g 42\n"))
    }
}
