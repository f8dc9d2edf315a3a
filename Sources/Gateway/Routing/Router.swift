/// Finds the route of a request in a compiled tree; a match allocates nothing.
///
/// The order is: the most specific host first (exact name, then the longest wildcard, then any); under one host the
/// longest path, exact before prefix; at one path a route that names the method before one that takes any; then the
/// order of configuration. A route whose method does not fit is passed over, so that a shorter path may still take
/// the request.
final class Router: Sendable {
    private let tree: RouteTree

    /// - Parameter patterns: in order of precedence; a match is an index into them.
    /// - Parameter onFault: told of each pattern that can never match and is left out.
    init(_ patterns: [RoutePattern], onFault: (_ index: Int, RequestPath.Fault) -> Void = { _, _ in }) {
        tree = RouteTreeBuilder.build(patterns, onFault: onFault)
    }

    /// The index of the route for a request, nil if there is none.
    ///
    /// - Parameters:
    ///   - host: the Host field's value or the authority, with or without a port; compared without case.
    ///   - path: the canonical path (``RequestPath``).
    func match(host: Span<UInt8>, path: Span<UInt8>, method: RequestMethod) -> Int? {
        let name = HostName.withoutPort(host)
        if !tree.exactHosts.isEmpty, let root = tree.root(exactHost: host.extracting(0..<name)),
            let route = tree.match(root, path, method)
        {
            return route
        }
        if !tree.wildcardHosts.isEmpty {
            // The longest suffix first: from the leftmost dot on.
            for index in 0..<name where host[index] == Octet.dot && index > 0 {
                if let root = tree.root(wildcardSuffix: host.extracting(index..<name)),
                    let route = tree.match(root, path, method)
                {
                    return route
                }
            }
        }
        guard let root = tree.anyHost else { return nil }
        return tree.match(root, path, method)
    }
}
