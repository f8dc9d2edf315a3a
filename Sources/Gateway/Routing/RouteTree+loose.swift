extension RouteTree {
    /// The rank of the most specific route that some server's reading of a canonical path finds; -1 if there is none.
    ///
    /// - Parameter method: nil asks for guarded routes alone, whatever methods they take.
    func looseRank(_ root: Int, _ path: Span<UInt8>, _ method: RequestMethod?) -> Int {
        let nodes = nodes.span
        var best = -1
        var node = nodes[root]
        var start = 1
        while true {
            best = max(best, rank(node.prefixes, method))
            var end = start
            while end < path.count, path[end] != Octet.slash { end &+= 1 }
            guard start <= path.count else { return max(best, rank(node.exacts, method)) }
            let segment = LooseSegment(path.extracting(start..<end))
            start = end &+ 1
            if segment.isEmpty { continue }
            guard let child = child(of: node, segment) else { return best }
            node = nodes[child]
            if segment.isCut { best = max(best, rank(node.exacts, method)) }
        }
    }

    private func rank(_ range: Slice, _ method: RequestMethod?) -> Int {
        let candidate = if let method { candidate(range, method) } else { guarded(range) }
        return candidate.map { ranks[$0.route] } ?? -1
    }

    /// The node behind the edge with this label.
    private func child(of node: Node, _ segment: borrowing LooseSegment) -> Int? {
        let edges = edges.span
        let octets = octets.span
        var low = node.edges.start
        var high = node.edges.end
        while low < high {
            let middle = (low + high) / 2
            let edge = edges[middle]
            let order = segment.compare(octets.extracting(edge.label.start..<edge.label.end))
            if order == 0 { return edge.child }
            if order < 0 { high = middle } else { low = middle + 1 }
        }
        return nil
    }
}
