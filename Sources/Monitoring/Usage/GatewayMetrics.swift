import Synchronization

/// The gateway's series, found by an event's numbers without building label sets per event.
final class GatewayMetrics: Sendable {
    struct SeriesKey: Hashable {
        var api: UInt32
        var statusClass: UInt8
        var outcome: UInt8
    }

    struct APISeries {
        var latency: Histogram
        var upstreamLatency: Histogram
        var requestBytes: Counter
        var responseBytes: Counter
        var guards: [Counter]
    }

    struct Cache {
        var requests: [SeriesKey: Counter] = [:]
        var apis: [UInt32: APISeries] = [:]
        var problems: [UInt32: Counter] = [:]
    }

    let registry: MetricsRegistry
    let names: NameTable
    private let cache = Mutex(Cache())

    init(registry: MetricsRegistry, names: NameTable) {
        self.registry = registry
        self.names = names
    }

    func batch() -> Batch { Batch(metrics: self) }

    /// Counts the events of one drain.
    struct Batch {
        let metrics: GatewayMetrics

        mutating func count(_ event: UsageEvent) {
            metrics.count(event)
        }
    }

    func count(_ event: UsageEvent) {
        cache.withLock { cache in
            requests(event, &cache).add()
            let series = apiSeries(event.api, &cache)
            series.latency.observe(UInt64(event.totalMicroseconds))
            if event.upstreamMicroseconds > 0 {
                series.upstreamLatency.observe(UInt64(event.upstreamMicroseconds))
            }
            series.requestBytes.add(event.requestBytes)
            series.responseBytes.add(event.responseBytes)
            series.guards[Int(event.guarded.rawValue)].add()
            if event.problem != 0 { problem(event.problem, &cache).add() }
        }
    }

    private func requests(_ event: UsageEvent, _ cache: inout Cache) -> Counter {
        let key = SeriesKey(
            api: event.api, statusClass: UInt8(clamping: event.status / 100), outcome: event.outcome.rawValue)
        if let known = cache.requests[key] { return known }
        let made = registry.counter(
            "signet_gateway_requests_total",
            help: "Requests that ended, by API, status class and how they ended.",
            labels: [
                "api": names.name(of: event.api), "status": key.statusClass == 0 ? "none" : "\(key.statusClass)xx",
                "outcome": event.outcome.label,
            ])
        cache.requests[key] = made
        return made
    }

    private func problem(_ number: UInt32, _ cache: inout Cache) -> Counter {
        if let known = cache.problems[number] { return known }
        let made = registry.counter(
            "signet_gateway_problems_total", help: "Answers made by the gateway itself, by error code.",
            labels: ["code": names.name(of: number)])
        cache.problems[number] = made
        return made
    }

    private func apiSeries(_ api: UInt32, _ cache: inout Cache) -> APISeries {
        if let known = cache.apis[api] { return known }
        let name = names.name(of: api)
        let labels: MetricLabels = ["api": name]
        let made = APISeries(
            latency: registry.histogram(
                "signet_gateway_request_seconds", help: "Time from a request's head to its end.", labels: labels),
            upstreamLatency: registry.histogram(
                "signet_gateway_upstream_seconds", help: "Time to the upstream's response head.", labels: labels),
            requestBytes: registry.counter(
                "signet_gateway_request_bytes_total", help: "Request body bytes.", labels: labels),
            responseBytes: registry.counter(
                "signet_gateway_response_bytes_total", help: "Response body bytes.", labels: labels),
            guards: UsageEvent.Guard.allCases.map {
                registry.counter(
                    "signet_gateway_guard_total", help: "What the token guard did.",
                    labels: ["api": name, "guard": $0.label])
            })
        cache.apis[api] = made
        return made
    }
}
