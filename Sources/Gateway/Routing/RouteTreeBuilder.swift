/// Compiles patterns into a ``RouteTree``: first a tree of objects, then the flat arrays.
struct RouteTreeBuilder {
    /// A node while building.
    private final class Draft {
        var children: [[UInt8]: Draft] = [:]
        var exacts: [(route: Int, methods: MethodSet)] = []
        var prefixes: [(route: Int, methods: MethodSet)] = []
    }

    private var tree = RouteTree()

    static func build(_ patterns: [RoutePattern], onFault: (Int, RequestPath.Fault) -> Void) -> RouteTree {
        var exact: [[UInt8]: Draft] = [:]
        var wildcard: [[UInt8]: Draft] = [:]
        let any = Draft()
        for (index, pattern) in patterns.enumerated() {
            let segments: [[UInt8]]
            do {
                segments = try pattern.segments()
            } catch {
                onFault(index, error)
                continue
            }
            if pattern.hosts.isEmpty { insert(pattern, segments, index, into: any) }
            for host in pattern.hosts {
                let name = Array(host.lowercased().utf8)
                let root: Draft
                if name.starts(with: "*.".utf8) {
                    root = wildcard[Array(name.dropFirst()), default: Draft()]
                    wildcard[Array(name.dropFirst())] = root
                } else {
                    root = exact[name, default: Draft()]
                    exact[name] = root
                }
                insert(pattern, segments, index, into: root)
            }
        }
        var builder = RouteTreeBuilder()
        builder.tree.exactHosts = builder.hosts(exact)
        builder.tree.wildcardHosts = builder.hosts(wildcard)
        builder.tree.anyHost = builder.flatten(any)
        return builder.tree
    }

    private static func insert(_ pattern: RoutePattern, _ segments: [[UInt8]], _ index: Int, into root: Draft) {
        var node = root
        for segment in segments {
            let child = node.children[segment, default: Draft()]
            node.children[segment] = child
            node = child
        }
        let entry = (route: index, methods: MethodSet(pattern.methods))
        switch pattern.path {
        case .exact: node.exacts.append(entry)
        case .prefix: node.prefixes.append(entry)
        }
    }

    private mutating func hosts(_ drafts: [[UInt8]: Draft]) -> [RouteTree.Host] {
        drafts.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { name, draft in
            RouteTree.Host(name: append(name), root: flatten(draft))
        }
    }

    /// Adds a node and everything below, returning its index.
    private mutating func flatten(_ draft: Draft) -> Int {
        let index = tree.nodes.count
        let none = RouteTree.Slice(start: 0, end: 0)
        tree.nodes.append(RouteTree.Node(edges: none, exacts: none, prefixes: none))
        let exacts = append(draft.exacts)
        let prefixes = append(draft.prefixes)
        let children = draft.children.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        let edges = children.map { label, child in RouteTree.Edge(label: append(label), child: flatten(child)) }
        let start = tree.edges.count
        tree.edges.append(contentsOf: edges)
        tree.nodes[index] = RouteTree.Node(
            edges: RouteTree.Slice(start: start, end: tree.edges.count), exacts: exacts, prefixes: prefixes)
        return index
    }

    private mutating func append(_ octets: [UInt8]) -> RouteTree.Slice {
        let start = tree.octets.count
        tree.octets.append(contentsOf: octets)
        return RouteTree.Slice(start: start, end: tree.octets.count)
    }

    /// Routes that name methods come before those that take any; else the order of configuration holds.
    private mutating func append(_ routes: [(route: Int, methods: MethodSet)]) -> RouteTree.Slice {
        let start = tree.candidates.count
        for route in routes.filter({ !$0.methods.isAny }) + routes.filter({ $0.methods.isAny }) {
            let first = tree.methods.count
            tree.methods.append(contentsOf: route.methods.others)
            tree.candidates.append(
                RouteTree.Candidate(
                    route: route.route, mask: route.methods.mask,
                    others: RouteTree.Slice(start: first, end: tree.methods.count)))
        }
        return RouteTree.Slice(start: start, end: tree.candidates.count)
    }
}
