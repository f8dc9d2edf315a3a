/// A value with its place; its readers report a fault and return nil when the value is not what they expect.
package struct FieldValue {
    /// The value.
    package let node: YAMLNode
    /// Its place in the document.
    package let path: String
    /// Where faults go.
    package let faults: FaultCollector
    /// The key's line, for values without one of their own.
    let fallbackLine: Int?

    /// A value at `path`.
    package init(node: YAMLNode, path: String, faults: FaultCollector, fallbackLine: Int? = nil) {
        self.node = node
        self.path = path
        self.faults = faults
        self.fallbackLine = fallbackLine
    }

    /// The line of the value.
    package var line: Int? { node.line ?? fallbackLine }

    /// Reports a fault here.
    package func report(_ message: String) {
        faults.report(message, path: path, line: line)
    }

    /// Reports "expected …, got …".
    package func fail(expected: String) {
        report("expected \(expected), got \(node.summary)")
    }

    /// A text that is not empty and has no control characters: such would garble logs, and a NUL is refused by stores.
    package func string() -> String? {
        guard case .string(let text) = node.value, !text.isEmpty else {
            // A plain scalar that YAML reads as a number or a boolean: tell how to write it as text.
            switch node.value {
            case .bool, .integer, .number: report("expected text, got \(node.summary): put it in quotes")
            default: fail(expected: "text")
            }
            return nil
        }
        guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
            report("expected text without control characters")
            return nil
        }
        return text
    }

    /// A text of the form that `parse` takes; `expected` names the form.
    package func string<T>(_ expected: String, _ parse: (String) -> T?) -> T? {
        guard let text = string() else { return nil }
        guard let value = parse(text) else {
            fail(expected: expected)
            return nil
        }
        return value
    }

    /// An integer of the range.
    package func integer(in range: ClosedRange<Int64>) -> Int64? {
        guard case .integer(let value) = node.value, range.contains(value) else {
            fail(expected: "an integer from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return value
    }

    /// `true` or `false`.
    package func bool() -> Bool? {
        guard case .bool(let value) = node.value else {
            fail(expected: "true or false")
            return nil
        }
        return value
    }

    /// One of the words of `E`. `refused` gives the reason for words that are known and not taken.
    package func choice<E: RawRepresentable & CaseIterable>(
        of type: E.Type, among cases: [E] = Array(E.allCases), refused: [String: String] = [:]
    ) -> E? where E.RawValue == String {
        let words = cases.map(\.rawValue)
        if case .string(let text) = node.value {
            if let value = E(rawValue: text), words.contains(value.rawValue) { return value }
            if let reason = refused[text] {
                report("expected \(Self.list(words)), got \(text): \(reason)")
                return nil
            }
        }
        fail(expected: Self.list(words))
        return nil
    }

    /// A list; an item that can't be read is left out, with its fault. Nil when the value is no list.
    package func list<T>(atMost limit: Int, _ read: (FieldValue) -> T?) -> [T]? {
        guard case .sequence(let nodes) = node.value else {
            fail(expected: "a list")
            return nil
        }
        guard nodes.count <= limit else {
            report("expected at most \(limit) items, got \(nodes.count)")
            return nil
        }
        return nodes.enumerated().compactMap { index, node in
            let path = "\(path)[\(index)]"
            faults.note(line: node.line ?? line, of: path)
            return read(FieldValue(node: node, path: path, faults: faults, fallbackLine: line))
        }
    }

    /// A list of texts, each at most once.
    package func set(atMost limit: Int, _ read: (FieldValue) -> String?) -> [String]? {
        var seen: Set<String> = []
        return list(atMost: limit) { item in
            guard let text = read(item) else { return nil }
            guard seen.insert(text).inserted else {
                item.report("expected each item once, got \(item.node.summary) again")
                return nil
            }
            return text
        }
    }

    /// The members of a mapping whose names are free. Nil when the value is no mapping.
    package func members(atMost limit: Int) -> [(name: String, value: FieldValue)]? {
        guard case .mapping(let members) = node.value else {
            fail(expected: "a mapping")
            return nil
        }
        guard members.count <= limit else {
            report("expected at most \(limit) entries, got \(members.count)")
            return nil
        }
        return members.map { member in
            let path = "\(path).\(YAMLNode.clipped(member.name))"
            faults.note(line: member.line ?? line, of: path)
            return (
                member.name,
                FieldValue(node: member.value, path: path, faults: faults, fallbackLine: member.line ?? line)
            )
        }
    }

    /// `a, b or c`.
    static func list(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.joined() }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }
}
