/// The compiled form of all routes: flat arrays, one tree of path segments per host.
struct RouteTree: Sendable {
    /// A range of an array, smaller than `Range<Int>` and without its checks.
    struct Slice: Sendable, BitwiseCopyable {
        var start: Int
        var end: Int
    }

    struct Node: Sendable, BitwiseCopyable {
        /// Into ``edges``, sorted by label.
        var edges: Slice
        /// Into ``candidates``: routes that end here.
        var exacts: Slice
        /// Into ``candidates``: routes that take this path and all below.
        var prefixes: Slice
    }

    struct Edge: Sendable, BitwiseCopyable {
        /// Into ``octets``.
        var label: Slice
        var child: Int
    }

    struct Candidate: Sendable, BitwiseCopyable {
        var route: Int
        /// The well-known methods of ``MethodSet``.
        var mask: UInt16
        /// Into ``methods``: extension methods.
        var others: Slice
        var isPublic: Bool

        /// Whether a guarded route that is more specific, but takes other methods, keeps the request from this one.
        ///
        /// The guarded route protects its path, whatever methods it names. OPTIONS is another matter: a browser's
        /// preflight carries no token, so a public route may name it for every path.
        func isHidden(from method: RequestMethod) -> Bool {
            isPublic && (mask == .max || !method.isOptions)
        }
    }

    /// What one host's routes say of a path and a method.
    struct Finding: Sendable, BitwiseCopyable {
        /// The most specific route that takes both.
        var candidate: Candidate?
        /// A guarded route that is more specific takes the path with other methods only.
        var passesGuarded: Bool
    }

    struct Host: Sendable, BitwiseCopyable {
        /// Into ``octets``, lower case.
        var name: Slice
        var roots: Roots
    }

    /// One host's routes, in both readings of a path.
    struct Roots: Sendable, BitwiseCopyable {
        /// Labels are canonical segments.
        var strict: Int
        /// Labels are those of ``LooseSegment``.
        var loose: Int
    }

    var nodes: [Node] = []
    var edges: [Edge] = []
    var candidates: [Candidate] = []
    var methods: [[UInt8]] = []
    var octets: [UInt8] = []
    /// Sorted by name.
    var exactHosts: [Host] = []
    /// Sorted by suffix, which starts with its dot.
    var wildcardHosts: [Host] = []
    var anyHost = Roots(strict: 0, loose: 0)
    /// How specific each route's path is: twice the number of its loose segments, and one more for an exact path.
    var ranks: [Int] = []
    /// Both readings of every route are the same: a path that has one reading needs no second match.
    var isPlain = true

    func roots(exactHost name: Span<UInt8>) -> Roots? { find(name, in: exactHosts.span) }

    func roots(wildcardSuffix suffix: Span<UInt8>) -> Roots? { find(suffix, in: wildcardHosts.span) }

    private func find(_ name: Span<UInt8>, in hosts: Span<Host>) -> Roots? {
        let octets = octets.span
        var low = 0
        var high = hosts.count
        while low < high {
            let middle = (low + high) / 2
            let host = hosts[middle]
            let order = HostName.compare(name, octets.extracting(host.name.start..<host.name.end))
            if order == 0 { return host.roots }
            if order < 0 { high = middle } else { low = middle + 1 }
        }
        return nil
    }

    /// The best route for a canonical path under a host's root: the deepest that takes the method.
    func match(_ root: Int, _ path: Span<UInt8>, _ method: RequestMethod) -> Finding {
        let nodes = nodes.span
        var best = Finding(candidate: nil, passesGuarded: false)
        var node = nodes[root]
        var start = 1
        while true {
            note(node.prefixes, method, in: &best)
            guard start <= path.count else {
                note(node.exacts, method, in: &best)
                return best
            }
            var end = start
            while end < path.count, path[end] != Octet.slash { end &+= 1 }
            guard let child = child(of: node, label: path.extracting(start..<end)) else { return best }
            node = nodes[child]
            start = end &+ 1
        }
    }

    /// Routes that are more specific than those before.
    @inline(__always)
    private func note(_ range: Slice, _ method: RequestMethod, in finding: inout Finding) {
        guard range.start < range.end else { return }
        if let candidate = candidate(range, method) {
            finding = Finding(candidate: candidate, passesGuarded: false)
        } else if guarded(range) != nil {
            finding.passesGuarded = true
        }
    }

    /// A guarded route, whatever methods it takes.
    func guarded(_ range: Slice) -> Candidate? {
        let candidates = candidates.span
        for index in range.start..<range.end where !candidates[index].isPublic { return candidates[index] }
        return nil
    }

    func candidate(_ range: Slice, _ method: RequestMethod) -> Candidate? {
        let candidates = candidates.span
        var index = range.start
        while index < range.end {
            let candidate = candidates[index]
            if candidate.mask == .max || candidate.mask & method.mask != 0 { return candidate }
            if method.mask == 0, contains(candidate.others, method) { return candidate }
            index &+= 1
        }
        return nil
    }

    /// The node behind the edge with this label.
    private func child(of node: Node, label: Span<UInt8>) -> Int? {
        let edges = edges.span
        let octets = octets.span
        var low = node.edges.start
        var high = node.edges.end
        while low < high {
            let middle = (low + high) / 2
            let edge = edges[middle]
            let order = Self.compare(label, octets.extracting(edge.label.start..<edge.label.end))
            if order == 0 { return edge.child }
            if order < 0 { high = middle } else { low = middle + 1 }
        }
        return nil
    }

    /// Whether the extension methods of a candidate hold this one; the rare case, so it may copy.
    private func contains(_ others: Slice, _ method: RequestMethod) -> Bool {
        guard others.start < others.end else { return false }
        let name = method.extensionName
        return methods[others.start..<others.end].contains(name)
    }

    static func compare(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Int {
        let common = min(left.count, right.count)
        for index in 0..<common where left[index] != right[index] {
            return left[index] < right[index] ? -1 : 1
        }
        return left.count - right.count
    }
}
