/// The label set of one series, ordered by name so that equal sets are equal values.
///
/// Values must come from configuration or a closed list, never from a request: a label per path or per token would
/// let strangers fill the registry.
package struct MetricLabels: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    package let pairs: [Pair]

    package struct Pair: Hashable, Sendable {
        package let name: String
        package let value: String
    }

    package init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements)
    }

    package init(_ elements: [(String, String)]) {
        pairs = elements.map { Pair(name: $0.0, value: $0.1) }.sorted { $0.name < $1.name }
    }
}
