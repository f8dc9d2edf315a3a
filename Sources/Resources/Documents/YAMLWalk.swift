import Yams

/// Turns the parser's tree into ours, refusing what we don't take.
///
/// An anchored node is never descended into, so that the expansion of aliases is never walked.
struct YAMLWalk {
    let faults: FaultCollector
    let limits: YAMLLimits
    private var nodes = 0

    /// Whether the limit of nodes was reached; then the tree is incomplete.
    private(set) var isExhausted = false

    init(faults: FaultCollector, limits: YAMLLimits) {
        self.faults = faults
        self.limits = limits
    }

    mutating func node(_ node: Yams.Node, path: String, depth: Int) -> YAMLNode {
        let line = node.mark?.line
        guard admit(node, path: path, depth: depth) else { return YAMLNode(.null, line: line) }
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain || scalar.style == .any
            return YAMLNode(isPlain ? YAMLScalar.value(ofPlain: scalar.string) : .string(scalar.string), line: line)
        case .sequence(let sequence):
            var items: [YAMLNode] = []
            for (index, item) in sequence.enumerated() where !isExhausted {
                items.append(self.node(item, path: "\(path)[\(index)]", depth: depth + 1))
            }
            return YAMLNode(.sequence(items), line: line)
        case .mapping(let mapping):
            return YAMLNode(.mapping(members(mapping, path: path, depth: depth)), line: line)
        case .alias:
            return YAMLNode(.null, line: line)
        }
    }

    private mutating func members(_ mapping: Yams.Node.Mapping, path: String, depth: Int) -> [YAMLMember] {
        var members: [YAMLMember] = []
        var seen: Set<String> = []
        for (key, value) in mapping where !isExhausted {
            let line = key.mark?.line
            guard key.anchor == nil else {
                faults.report(Self.noAnchors, path: path, line: line)
                continue
            }
            guard case .scalar(let scalar) = key else {
                faults.report("expected a name as key, got a list or mapping", path: path, line: line)
                continue
            }
            let name = scalar.string
            let shown = YAMLNode.clipped(name)
            let inner = path.isEmpty ? shown : "\(path).\(shown)"
            guard name != "<<" else {
                faults.report("merge keys (<<) are not supported: write the fields out", path: path, line: line)
                continue
            }
            guard seen.insert(name).inserted else {
                faults.report("expected each key once, got it again", path: inner, line: line)
                continue
            }
            members.append(YAMLMember(name: name, line: line, value: node(value, path: inner, depth: depth + 1)))
        }
        return members
    }

    private mutating func admit(_ node: Yams.Node, path: String, depth: Int) -> Bool {
        nodes += 1
        guard nodes <= limits.nodes else {
            if !isExhausted {
                faults.report(
                    "expected at most \(limits.nodes) values in one stream", path: path, line: node.mark?.line)
            }
            isExhausted = true
            return false
        }
        guard depth <= limits.depth else {
            faults.report("expected at most \(limits.depth) levels of nesting", path: path, line: node.mark?.line)
            return false
        }
        guard node.anchor == nil else {
            faults.report(Self.noAnchors, path: path, line: node.mark?.line)
            return false
        }
        guard !isTagged(node) else {
            faults.report("tags (!…) are not supported: write the value alone", path: path, line: node.mark?.line)
            return false
        }
        return true
    }

    /// The raw tag: `node.tag` would resolve it first, after which it no longer tells whether it was written.
    private func isTagged(_ node: Yams.Node) -> Bool {
        switch node {
        case .scalar(let scalar):
            // The parser itself gives quoted and block scalars the tag of strings.
            let isQuoted = scalar.style != .plain && scalar.style != .any
            return !(scalar.tag == .implicit || isQuoted && scalar.tag == Tag(.str))
        case .sequence(let sequence): return sequence.tag != .implicit
        case .mapping(let mapping): return mapping.tag != .implicit
        case .alias: return true
        }
    }

    static let noAnchors = "anchors (&name) and aliases (*name) are not supported: write the value out"
}
