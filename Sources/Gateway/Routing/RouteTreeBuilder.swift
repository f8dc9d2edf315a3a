/// Compiles patterns into a ``RouteTree``: first a tree of objects, then the flat arrays.
struct RouteTreeBuilder {
    /// A route at its node.
    private struct Entry {
        let route: Int
        let methods: MethodSet
        let isPublic: Bool
    }

    /// A node while building.
    private final class Draft {
        var children: [[UInt8]: Draft] = [:]
        var exacts: [Entry] = []
        var prefixes: [Entry] = []
    }

    /// One host's routes while building, in both readings of a path.
    private final class HostDraft {
        let strict = Draft()
        let loose = Draft()
    }

    private var tree = RouteTree()
    private var exact: [[UInt8]: HostDraft] = [:]
    private var wildcard: [[UInt8]: HostDraft] = [:]
    private let any = HostDraft()

    static func build(_ patterns: [RoutePattern], onFault: (Int, RequestPath.Fault) -> Void) -> RouteTree {
        var builder = RouteTreeBuilder()
        builder.tree.ranks = Array(repeating: -1, count: patterns.count)
        for (index, pattern) in patterns.enumerated() {
            do {
                try builder.add(pattern, index)
            } catch {
                onFault(index, error)
            }
        }
        builder.tree.exactHosts = builder.hosts(builder.exact)
        builder.tree.wildcardHosts = builder.hosts(builder.wildcard)
        builder.tree.anyHost = builder.flatten(builder.any)
        return builder.tree
    }

    private mutating func add(_ pattern: RoutePattern, _ index: Int) throws(RequestPath.Fault) {
        let strict = try pattern.segments()
        let loose = RoutePattern.loose(strict)
        if case .exact = pattern.path {
            tree.ranks[index] = 2 * loose.count + 1
            // The root is the one exact path whose closing slash no server drops.
            tree.isPlain = tree.isPlain && (strict == loose || loose.isEmpty)
        } else {
            tree.ranks[index] = 2 * loose.count
            tree.isPlain = tree.isPlain && strict == loose
        }
        for draft in drafts(for: pattern.hosts) {
            Self.insert(pattern, strict, index, into: draft.strict)
            Self.insert(pattern, loose, index, into: draft.loose)
        }
    }

    private mutating func drafts(for hosts: [String]) -> [HostDraft] {
        if hosts.isEmpty { return [any] }
        return hosts.map { host in
            let name = Array(host.lowercased().utf8)
            if name.starts(with: "*.".utf8) { return Self.draft(Array(name.dropFirst()), in: &wildcard) }
            return Self.draft(name, in: &exact)
        }
    }

    private static func draft(_ name: [UInt8], in drafts: inout [[UInt8]: HostDraft]) -> HostDraft {
        let draft = drafts[name] ?? HostDraft()
        drafts[name] = draft
        return draft
    }

    private static func insert(_ pattern: RoutePattern, _ segments: [[UInt8]], _ index: Int, into root: Draft) {
        var node = root
        for segment in segments {
            let child = node.children[segment, default: Draft()]
            node.children[segment] = child
            node = child
        }
        let entry = Entry(route: index, methods: MethodSet(pattern.methods), isPublic: pattern.isPublic)
        switch pattern.path {
        case .exact: node.exacts.append(entry)
        case .prefix: node.prefixes.append(entry)
        }
    }

    private mutating func hosts(_ drafts: [[UInt8]: HostDraft]) -> [RouteTree.Host] {
        drafts.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { name, draft in
            RouteTree.Host(name: append(name), roots: flatten(draft))
        }
    }

    private mutating func flatten(_ draft: HostDraft) -> RouteTree.Roots {
        RouteTree.Roots(strict: flatten(draft.strict), loose: flatten(draft.loose))
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
    private mutating func append(_ routes: [Entry]) -> RouteTree.Slice {
        let start = tree.candidates.count
        for route in routes.filter({ !$0.methods.isAny }) + routes.filter({ $0.methods.isAny }) {
            let first = tree.methods.count
            tree.methods.append(contentsOf: route.methods.others)
            tree.candidates.append(
                RouteTree.Candidate(
                    route: route.route, mask: route.methods.mask,
                    others: RouteTree.Slice(start: first, end: tree.methods.count), isPublic: route.isPublic))
        }
        return RouteTree.Slice(start: start, end: tree.candidates.count)
    }
}
