/// Writes metric families in the Prometheus text exposition format, version 0.0.4.
struct PrometheusText {
    private(set) var result = ""

    mutating func append(name: String, family: MetricsRegistry.Family) {
        header(name: name, help: family.help, kind: family.kind.rawValue)
        let series = family.series.map { (labels: text(of: $0.labels), cell: $0.cell) }
        for (labels, cell) in series.sorted(by: { $0.labels < $1.labels }) {
            switch cell {
            case .counter(let counter): line(name, labels, "\(counter.current)")
            case .gauge(let gauge): line(name, labels, "\(gauge.current)")
            case .computed(let read): line(name, labels, "\(read())")
            case .histogram(let histogram): append(name: name, labels: labels, histogram: histogram)
            }
        }
    }

    mutating func appendGauge(name: String, help: String, value: Int64) {
        header(name: name, help: help, kind: "gauge")
        line(name, "", "\(value)")
    }

    private mutating func append(name: String, labels: String, histogram: Histogram) {
        let reading = histogram.current
        var cumulative: UInt64 = 0
        for (index, bound) in histogram.scale.bounds.enumerated() {
            cumulative &+= reading.buckets[index]
            line("\(name)_bucket", join(labels, "le=\"\(Double(bound) / histogram.scale.divisor)\""), "\(cumulative)")
        }
        line("\(name)_bucket", join(labels, "le=\"+Inf\""), "\(reading.count)")
        line("\(name)_sum", labels, "\(Double(reading.sum) / histogram.scale.divisor)")
        line("\(name)_count", labels, "\(reading.count)")
    }

    private mutating func header(name: String, help: String, kind: String) {
        result += "# HELP \(name) \(escaped(help, quotes: false))\n# TYPE \(name) \(kind)\n"
    }

    private mutating func line(_ name: String, _ labels: String, _ value: String) {
        result += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    private func text(of labels: MetricLabels) -> String {
        labels.pairs.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",")
    }

    private func join(_ labels: String, _ last: String) -> String {
        labels.isEmpty ? last : "\(labels),\(last)"
    }

    /// A line break or quote in a value would let it forge other lines.
    private func escaped(_ value: String, quotes: Bool) -> String {
        var result = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
