import Yams

/// One document of a YAML stream, with the line of every node.
///
/// What configuration doesn't need and attackers like is refused by name: anchors, aliases and merge keys (a few lines
/// of aliases expand to gigabytes), tags (they choose types), keys that are not plain text, duplicate keys.
package struct YAMLDocument: Sendable, Equatable {
    /// The document's root.
    package let root: YAMLNode

    /// Reads a stream of documents; those without content are left out. JSON is YAML.
    ///
    /// - Throws: ``ResourceErrors`` with the line of what can't be read. Grammar faults end the reading; forbidden
    ///   features are all reported.
    package static func parse(
        _ text: String, file: String?, limits: YAMLLimits = .resources
    ) throws(ResourceErrors) -> [YAMLDocument] {
        try YAMLPrescan.check(text, file: file, limits: limits)
        let faults = FaultCollector(file: file)
        var walk = YAMLWalk(faults: faults, limits: limits)
        var documents: [YAMLDocument] = []
        do {
            // `basic` leaves scalars untyped: typing is ours, and two spellings of a key stay one key.
            let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
            // The parser owns the anchors, nodes hold them weakly: it must outlive the walk, or they would vanish.
            try withExtendedLifetime(parser) {
                while let root = try parser.nextRoot() {
                    guard documents.count < limits.documents else {
                        faults.report(
                            "expected at most \(limits.documents) document(s) in one stream", path: "",
                            line: root.mark?.line)
                        break
                    }
                    let node = walk.node(root, path: "", depth: 0)
                    if node.value != .null { documents.append(YAMLDocument(root: node)) }
                    if walk.isExhausted { break }
                }
            }
        } catch {
            let grammar = YAMLGrammarError(error, text: text)
            faults.report(grammar.message, path: "", line: grammar.line)
        }
        try faults.throwIfAny()
        return documents
    }

    /// Reads a stream that holds exactly one document.
    package static func parseSingle(
        _ text: String, file: String?, limits: YAMLLimits = .configuration
    ) throws(ResourceErrors) -> YAMLDocument {
        var limits = limits
        limits.documents = 1
        let documents = try parse(text, file: file, limits: limits)
        return documents.first ?? YAMLDocument(root: YAMLNode(.mapping([]), line: 1))
    }
}
