/// Reads the fields of one mapping; every fault goes to the collector and reading goes on.
///
/// ```swift
/// let fields = FieldReader(value)
/// let name = fields?.required("name") { $0.string() }
/// let size = fields?.optional("size", default: 10) { $0.integer(in: 1...100) }
/// fields?.end()                       // reports what was not asked for
/// ```
package final class FieldReader {
    private let members: [String: YAMLMember]
    private let order: [String]
    private var asked: Set<String> = []
    private var refused: Set<String> = []
    private let faults: FaultCollector
    /// The mapping's own place.
    package let place: FieldValue

    /// Nil, with a fault, when the value is not a mapping.
    package init?(_ value: FieldValue) {
        guard case .mapping(let members) = value.node.value else {
            value.fail(expected: "a mapping")
            return nil
        }
        // The reader of the source has refused duplicates.
        self.members = Dictionary(members.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        order = members.map(\.name)
        faults = value.faults
        place = value
    }

    /// The field's value if it is there.
    package func value(_ name: String) -> FieldValue? {
        asked.insert(name)
        guard let member = members[name] else { return nil }
        let path = place.path.isEmpty ? name : "\(place.path).\(name)"
        faults.note(line: member.line ?? place.node.line, of: path)
        return FieldValue(node: member.value, path: path, faults: faults, fallbackLine: member.line)
    }

    /// A field that must be there; nil, with a fault, when it isn't or can't be read.
    package func required<T>(_ name: String, _ read: (FieldValue) -> T?) -> T? {
        guard let value = value(name) else {
            let path = place.path.isEmpty ? name : "\(place.path).\(name)"
            faults.report("expected this field, which is required", path: path, line: place.line)
            return nil
        }
        return read(value)
    }

    /// A field that may be missing. A faulty one also gives the default: the fault ends the reading anyway.
    package func optional<T>(_ name: String, default fallback: T, _ read: (FieldValue) -> T?) -> T {
        value(name).flatMap(read) ?? fallback
    }

    /// A field that may be missing, without default.
    package func optional<T>(_ name: String, _ read: (FieldValue) -> T?) -> T? {
        value(name).flatMap(read)
    }

    /// Refuses a field by name: it is planned, or belongs to another product, and silence would mislead.
    package func refuse(_ name: String, _ reason: String) {
        value(name)?.report(reason)
        refused.insert(name)
    }

    /// Reports every field that was never asked for.
    package func end() {
        let known = asked.subtracting(refused).sorted()
        for name in order where !asked.contains(name) {
            let shown = YAMLNode.clipped(name)
            let path = place.path.isEmpty ? shown : "\(place.path).\(shown)"
            let fields = known.joined(separator: ", ")
            let line = members[name]?.line ?? place.line
            faults.report("expected one of the fields \(fields); there is no such field", path: path, line: line)
        }
    }
}
