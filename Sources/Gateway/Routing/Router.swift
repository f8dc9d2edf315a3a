/// Finds the route of a request in a compiled tree; a match allocates nothing.
///
/// The order is: the most specific host first (exact name, then the longest wildcard, then any); under one host the
/// longest path, exact before prefix; at one path a route that names the method before one that takes any; then the
/// order of configuration. A route whose method does not fit is passed over, so that a shorter path may still take
/// the request.
///
/// A path is matched as it stands. But an upstream may read it otherwise (``LooseSegment``), and what it then serves may
/// be another route's: `/admin;x=1` is `/admin` to some. So a path of which any reading finds a more specific route
/// than the path as it stands has no route at all.
final class Router: Sendable {
    /// What a request's path finds.
    enum Match: Equatable {
        /// The index of a pattern.
        case route(Int)
        case none
        /// Some servers would read the path as that of a more specific route.
        case ambiguous
    }

    private let tree: RouteTree

    /// - Parameter patterns: in order of precedence; a match is an index into them.
    /// - Parameter onFault: told of each pattern that can never match and is left out.
    init(_ patterns: [RoutePattern], onFault: (_ index: Int, RequestPath.Fault) -> Void = { _, _ in }) {
        tree = RouteTreeBuilder.build(patterns, onFault: onFault)
    }

    /// The route for a request.
    ///
    /// - Parameters:
    ///   - host: the Host field's value or the authority, with or without a port; compared without case.
    ///   - path: the canonical path (``RequestPath``).
    ///   - isPlain: the path has one reading only (``RequestPath/Verdict/plain``).
    func match(host: Span<UInt8>, path: Span<UInt8>, isPlain: Bool, method: RequestMethod) -> Match {
        let name = HostName.withoutPort(host)
        let isStrict = isPlain && tree.isPlain
        var isPassedOver = false
        if !tree.exactHosts.isEmpty, let roots = tree.roots(exactHost: host.extracting(0..<name)),
            let match = match(roots, path, isStrict, method, &isPassedOver)
        {
            return match
        }
        if !tree.wildcardHosts.isEmpty {
            // The longest suffix first: from the leftmost dot on.
            for index in 0..<name where host[index] == Octet.dot && index > 0 {
                if let roots = tree.roots(wildcardSuffix: host.extracting(index..<name)),
                    let match = match(roots, path, isStrict, method, &isPassedOver)
                {
                    return match
                }
            }
        }
        return match(tree.anyHost, path, isStrict, method, &isPassedOver) ?? .none
    }

    /// What one host's routes say; nil when they say nothing and the next host is asked.
    ///
    /// - Parameters:
    ///   - isStrict: there is no other reading to look for.
    ///   - isPassedOver: a host before this one has a route in another reading of the path.
    @inline(__always)
    private func match(
        _ roots: RouteTree.Roots, _ path: Span<UInt8>, _ isStrict: Bool, _ method: RequestMethod,
        _ isPassedOver: inout Bool
    ) -> Match? {
        let route = tree.match(roots.strict, path, method)
        if isStrict { return route.map { .route($0) } }
        let rank = tree.looseRank(roots.loose, path, method)
        guard let route else {
            isPassedOver = isPassedOver || rank >= 0
            return nil
        }
        return isPassedOver || rank > tree.ranks[route] ? .ambiguous : .route(route)
    }
}
