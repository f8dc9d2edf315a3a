import Synchronization

/// All metrics of the process, by name and label set, written out as Prometheus text.
///
/// Making a series takes a lock and may allocate; it happens at start or off the data path. What it returns (a
/// ``Counter``, ``Gauge`` or ``Histogram``) is a handle to atomic cells and is cheap to update from any thread.
///
/// The number of series is bounded: label values come partly from configuration, and a registry that grows with
/// them without limit is a memory leak. Beyond the bound a handle still works but is not exported, and
/// `signet_metrics_series_dropped` counts it.
package final class MetricsRegistry: Sendable {
    /// One metric family: all series of one name.
    struct Family: Sendable {
        enum Kind: String, Sendable {
            case counter, gauge, histogram
        }

        enum Cell: Sendable {
            case counter(Counter)
            case gauge(Gauge)
            case computed(@Sendable () -> Int64)
            case histogram(Histogram)
        }

        var kind: Kind
        var help: String
        var series: [(labels: MetricLabels, cell: Cell)] = []
    }

    private let maximumSeries: Int
    private let state: Mutex<State>

    private struct State {
        var families: [String: Family] = [:]
        var seriesCount = 0
        var dropped: Int64 = 0
    }

    /// - Parameter maximumSeries: how many label sets are exported, over all names.
    package init(maximumSeries: Int = 10_000) {
        self.maximumSeries = maximumSeries
        self.state = Mutex(State())
    }

    /// The counter with this name and these labels, made on first use.
    ///
    /// - Parameter name: starts with `signet_` and, by Prometheus' convention, ends in `_total`.
    package func counter(_ name: String, help: String, labels: MetricLabels = [:]) -> Counter {
        let cell = cell(name, .counter, help, labels) { .counter(Counter()) }
        guard case .counter(let counter) = cell else { return Counter() }
        return counter
    }

    /// A counter that is kept elsewhere: its value is asked for when the metrics are read.
    ///
    /// - Parameter read: called on the reader's thread, outside the registry's lock; must not block.
    package func counter(
        _ name: String, help: String, labels: MetricLabels = [:], reading read: @escaping @Sendable () -> Int64
    ) {
        _ = cell(name, .counter, help, labels) { .computed(read) }
    }

    /// The gauge with this name and these labels, made on first use.
    package func gauge(_ name: String, help: String, labels: MetricLabels = [:]) -> Gauge {
        let cell = cell(name, .gauge, help, labels) { .gauge(Gauge()) }
        guard case .gauge(let gauge) = cell else { return Gauge() }
        return gauge
    }

    /// A gauge whose value is asked for when the metrics are read.
    ///
    /// - Parameter read: called on the reader's thread, outside the registry's lock; must not block.
    package func gauge(
        _ name: String, help: String, labels: MetricLabels = [:], reading read: @escaping @Sendable () -> Int64
    ) {
        _ = cell(name, .gauge, help, labels) { .computed(read) }
    }

    /// The histogram with this name and these labels, made on first use.
    ///
    /// - Parameter scale: the buckets and the unit; the first call for a name and label set decides.
    package func histogram(
        _ name: String, help: String, scale: HistogramScale = .latency, labels: MetricLabels = [:]
    ) -> Histogram {
        let cell = cell(name, .histogram, help, labels) { .histogram(Histogram(scale: scale)) }
        guard case .histogram(let histogram) = cell else { return Histogram(scale: scale) }
        return histogram
    }

    /// Everything in the Prometheus text format, version 0.0.4, families and series in a stable order.
    package func prometheusText() -> String {
        let (families, dropped) = state.withLock { ($0.families, $0.dropped) }
        var text = PrometheusText()
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            text.append(name: name, family: family)
        }
        text.appendGauge(
            name: "signet_metrics_series_dropped",
            help: "Label sets that were not exported because the registry is full.",
            value: dropped
        )
        return text.result
    }

    /// Finds or makes a series. A name that is already used for another kind gets a cell that is never exported:
    /// metrics must not be able to stop the service.
    private func cell(
        _ name: String, _ kind: Family.Kind, _ help: String, _ labels: MetricLabels, _ make: () -> Family.Cell
    ) -> Family.Cell {
        state.withLock { state in
            var family = state.families[name] ?? Family(kind: kind, help: help)
            if let known = family.series.first(where: { $0.labels == labels }), family.kind == kind {
                return known.cell
            }
            let made = make()
            guard family.kind == kind, state.seriesCount < maximumSeries else {
                state.dropped += 1
                return made
            }
            family.series.append((labels, made))
            state.seriesCount += 1
            state.families[name] = family
            return made
        }
    }
}
